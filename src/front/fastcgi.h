// FastCGI: requests from nginx on a socket, each served by one thread from its first byte to
// its last. The only file that includes libfcgi. Knows nothing of what the requests are about.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "front/stall_detector.h"

namespace executor {

// One request as nginx passed it on.
struct Request {
  std::string route;         // "execute", "mcp", "health": set by nginx's location
  std::string path;          // without the query; with the prefix under which nginx offers it
  std::string method;        // "POST"
  std::string content_type;  // as sent; "" when absent
  std::string encoding;      // the Content-Encoding header as sent; "" when absent
  std::string accept;        // the Accept header as sent; "" when absent
  std::string origin;        // the Origin header: of the page that sends it; "" when absent
  std::string mcp_version;   // the header MCP-Protocol-Version; "" when absent
  std::string id;            // request id, a token fit for a log; "" when nginx has not set one
  std::string client;        // its address, where that may be logged; else ""
  std::string key;           // the client name of its API key; "" without one
  std::string body;          // at most the configured size
  std::size_t body_size = 0;
  bool body_too_large = false;
  bool out_of_memory = false;  // there was no memory for the body
  bool at_capacity = false;    // there was no room for the body within the wait
  Clock::time_point arrived = Clock::now();
  HeldMemory memory;        // of the body, and of what is made from it
  bool on_reserve = false;  // there are descriptors to refuse it only, not to serve it
  int connection = -1;      // nginx's connection: nginx closes it when the client goes away
};

struct Response {
  int status = 500;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // besides Status and Content-Type
  std::string content_type = "application/json";
};

// The way back to the client of one request: either one whole response, or one whose body comes in
// parts.
class Reply {
 public:
  Reply() = default;
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  virtual ~Reply() = default;

  // Sends the response and flushes it. Only the first call counts, and none after begin().
  virtual void send(const Response& response) = 0;

  // Sends the response's head and the body so far; finish() ends the response. Only the first call
  // counts.
  virtual void begin(const Response& response) = 0;
  // Adds to the body. Never blocks: what nginx cannot take now is sent with later additions.
  virtual void add(std::string_view part) = 0;
  // Waits until nginx has taken all of it; false when it took nothing for seconds.
  virtual bool flush() = 0;
  // Ends a response that was begun. What a slow client has not read yet is delivered afterwards,
  // by another thread, within limits (front/drain.h).
  virtual void finish() = 0;
};

// Serves one request, from which it may move; must reply. The request's body and memory are gone
// once it has replied. Work done after that delays only this thread.
using Handler = std::function<void(Request&, Reply&)>;

struct FastCgiOptions {
  std::string socket;                 // a path, whose directory must exist, or ADDRESS:PORT
  std::uint32_t threads = 16;         // requests served at once
  std::size_t max_body = 1ULL << 20;  // bytes
  bool log_addresses = true;          // whether requests have the addresses of their clients
  // What bodies of requests for `execute` wait for, how long, and how much a body needs: at most
  // max_body. Outlives the server; none: nothing is counted.
  MemoryBudget* memory = nullptr;
  std::chrono::duration<double> memory_wait{10};
  std::size_t max_undelivered = 64ULL << 20;  // bytes that slow readers have not taken
};

class AcceptGate;

class FastCgiServer {
 public:
  // Makes the socket (see listen_on), or takes an inherited one that listens already: that one is
  // neither shut down nor removed. Call in a process in which every thread that was made before
  // blocks all signals.
  static Result<FastCgiServer> open(const FastCgiOptions& options, UniqueFd inherited = UniqueFd());
  FastCgiServer(FastCgiServer&&) noexcept;
  FastCgiServer& operator=(FastCgiServer&&) = delete;
  ~FastCgiServer();

  // Starts the threads. They block all signals. `handler` outlives the server.
  void start(const Handler& handler);
  // With an inherited socket: takes no more connections, which wait in it for the next process, and
  // waits until the deadline at most for those that it has taken to be served. Otherwise a no-op.
  void stop_accepting(Deadline deadline);
  // Starts more threads until there are `threads`. Call after start().
  void grow(std::uint32_t threads);
  // May be called by any thread, until stop().
  [[nodiscard]] Progress progress() const;
  // Takes no more requests, and waits until those that run have been served.
  void stop();

 private:
  FastCgiServer(FastCgiOptions options, std::unique_ptr<AcceptGate> gate);

  FastCgiOptions options_;
  std::unique_ptr<AcceptGate> gate_;  // none once stopped
  const Handler* handler_ = nullptr;
  std::vector<std::thread> threads_;
};

}  // namespace executor
