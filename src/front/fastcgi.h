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
#include "base/result.h"
#include "front/standstill.h"

namespace executor {

// One request as nginx passed it on.
struct Request {
  std::string route;         // "execute", "health", "metrics": set by nginx's location
  std::string method;        // "POST"
  std::string content_type;  // as sent; "" when absent
  std::string accept;        // likewise
  std::string id;            // request id, a token fit for a log; "" when nginx has set none
  std::string body;          // at most the configured size
  bool body_too_large = false;
  bool out_of_memory = false;  // there was none for the body
  bool on_reserve = false;     // there are no descriptors to serve it with, only to refuse it
  int connection = -1;         // nginx's connection: its end is the client's
};

struct Response {
  int status = 500;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // beside Status and Content-Type
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

  // Sends the response and lets nginx have it. Only the first call counts, and none after begin().
  virtual void send(const Response& response) = 0;

  // Sends the response's head and the body so far; finish() ends the response. Only the first call
  // counts.
  virtual void begin(const Response& response) = 0;
  // Adds to the body. Never waits: what nginx cannot take now goes with what is added later.
  virtual void add(std::string_view part) = 0;
  // Ends a response that was begun. Waits for a client that is slow, but not for one that takes
  // nothing.
  virtual void finish() = 0;
};

// Serves one request; must reply. What it does after that keeps nobody waiting but its thread.
using Handler = std::function<void(const Request&, Reply&)>;

struct FastCgiOptions {
  std::string socket;                 // a path, whose directory must exist, or ADDRESS:PORT
  std::uint32_t threads = 16;         // requests served at once
  std::size_t max_body = 1ULL << 20;  // bytes
};

class Entrance;

class FastCgiServer {
 public:
  // Makes the socket (see listen_on), or takes one that listens already and belongs to whoever made
  // it: it is neither shut down nor removed. Call in a process in which every thread that was made
  // before blocks all signals.
  static Result<FastCgiServer> open(const FastCgiOptions& options, UniqueFd inherited = UniqueFd());
  FastCgiServer(FastCgiServer&&) noexcept;
  FastCgiServer& operator=(FastCgiServer&&) = delete;
  ~FastCgiServer();

  // Starts the threads. They block all signals. `handler` outlives the server.
  void start(const Handler& handler);
  // With an inherited socket: takes no more connections, which wait in it for the next process, and
  // waits until the deadline at most for those that it has taken to be served. Else nothing.
  void hand_over(Deadline deadline);
  // Starts more threads until there are so many. After start().
  void grow(std::uint32_t threads);
  // For any thread, until stop().
  [[nodiscard]] Progress progress() const;
  // Takes no more requests, and waits until those that run have been served.
  void stop();

 private:
  FastCgiServer(FastCgiOptions options, std::unique_ptr<Entrance> entrance);

  FastCgiOptions options_;
  std::unique_ptr<Entrance> entrance_;  // none once stopped
  const Handler* handler_ = nullptr;
  std::vector<std::thread> threads_;
};

}  // namespace executor
