// A plain HTTP/1.1 client for tests: one connection to 127.0.0.1, blocking calls, every one of them
// bounded. Can also write bytes that are not HTTP at all. Knows nothing of the service.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace executor::test {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method = "GET";
  std::string target = "/";
  Headers headers;
  std::string body;  // Content-Length is added when it is not empty or the method is POST
};

struct Response {
  int status = 0;
  Headers headers;
  std::string body;

  // The value of the first header of that name in any case; "" when there is none.
  [[nodiscard]] std::string header(std::string_view name) const;
  // How many headers of that name there are.
  [[nodiscard]] std::size_t count(std::string_view name) const;
  // The body as JSON; throws when it is not.
  [[nodiscard]] boost::json::value json() const;
};

// One connection. Every call throws boost::system::system_error when it fails or takes longer than
// two minutes, which is longer than nginx waits for an answer.
class Connection {
 public:
  explicit Connection(std::uint16_t port);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  Response send(const Request& request);

  // Bytes as they are. A peer that has stopped reading is no failure here: its answer is read next.
  void write(std::string_view bytes);
  void write(const Request& request);
  // Everything up to and including `token`, as it comes; the rest of the answer is ignored.
  std::string read_until(std::string_view token);
  // Says that nothing more will be written.
  void finish_writing();
  // The next answer; `to_head` when it answers HEAD and so has no body.
  Response read(bool to_head = false);

 private:
  class Stream;
  std::unique_ptr<Stream> stream_;
};

// Each over a connection of its own.
Response send(std::uint16_t port, const Request& request);
Response send_raw(std::uint16_t port, std::string_view bytes);
Response get(std::uint16_t port, std::string target);
Response post_json(std::uint16_t port, std::string target, std::string body);

}  // namespace executor::test
