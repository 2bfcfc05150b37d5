#include "support/http.h"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <functional>

namespace executor::test {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;

constexpr std::chrono::seconds kTimeout{120};
constexpr std::uint64_t kMaxBody = 256ULL << 20U;

http::request<http::string_body> to_beast(const Request& request) {
  http::request<http::string_body> message;
  message.method_string(request.method);
  message.target(request.target);
  message.version(11);
  message.set(http::field::host, "localhost");
  for (const auto& [name, value] : request.headers) message.set(name, value);
  message.body() = request.body;
  if (!request.body.empty() || request.method == "POST") message.prepare_payload();
  return message;
}

Response from_beast(http::response<http::string_body> message) {
  Response response;
  response.status = int(message.result_int());
  for (const auto& field : message) {
    response.headers.emplace_back(field.name_string(), field.value());
  }
  response.body = std::move(message.body());
  return response;
}

}  // namespace

std::string Response::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (beast::iequals(key, name)) return value;
  }
  return {};
}

std::size_t Response::count(std::string_view name) const {
  return std::size_t(std::count_if(headers.begin(), headers.end(), [name](const auto& header) {
    return beast::iequals(header.first, name);
  }));
}

boost::json::value Response::json() const {
  return boost::json::parse(body);
}

// Beast's timeouts work for asynchronous operations only, so each call starts one and runs the
// context until it is done.
class Connection::Stream {
 public:
  explicit Stream(std::uint16_t port) : stream_(context_) {
    const asio::ip::tcp::endpoint peer(asio::ip::address_v4::loopback(), port);
    run([&](auto done) { stream_.async_connect(peer, done); });
  }

  void write(const http::request<http::string_body>& message) {
    run_tolerantly([&](auto done) {
      http::async_write(stream_, message, [done](ErrorCode error, std::size_t) { done(error); });
    });
  }

  void write(std::string_view bytes) {
    run_tolerantly([&](auto done) {
      asio::async_write(stream_, asio::buffer(bytes),
                        [done](ErrorCode error, std::size_t) { done(error); });
    });
  }

  std::string read_until(std::string_view token) {
    std::string text;
    run([&](auto done) {
      asio::async_read_until(stream_, asio::dynamic_buffer(text), std::string(token),
                             [done](ErrorCode error, std::size_t) { done(error); });
    });
    return text;
  }

  void finish_writing() { stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send); }

  Response read(bool to_head) {
    http::response_parser<http::string_body> parser;
    parser.body_limit(kMaxBody);
    parser.skip(to_head);
    run([&](auto done) {
      http::async_read(stream_, buffer_, parser,
                       [done](ErrorCode error, std::size_t) { done(error); });
    });
    return from_beast(parser.release());
  }

 private:
  template <typename Operation>
  ErrorCode outcome_of(Operation operation) {
    ErrorCode outcome;
    stream_.expires_after(kTimeout);
    operation([&outcome](ErrorCode error) { outcome = error; });
    context_.restart();
    context_.run();
    return outcome;
  }

  template <typename Operation>
  void run(Operation operation) {
    if (const ErrorCode error = outcome_of(operation)) throw boost::system::system_error(error);
  }

  // For writes: a server may answer and close before it has read everything.
  template <typename Operation>
  void run_tolerantly(Operation operation) {
    const ErrorCode error = outcome_of(operation);
    if (error && error != asio::error::broken_pipe && error != asio::error::connection_reset) {
      throw boost::system::system_error(error);
    }
  }

  asio::io_context context_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
};

Connection::Connection(std::uint16_t port) : stream_(std::make_unique<Stream>(port)) {}
Connection::~Connection() = default;

Response Connection::send(const Request& request) {
  stream_->write(to_beast(request));
  return read(request.method == "HEAD");
}

void Connection::write(std::string_view bytes) {
  stream_->write(bytes);
}
void Connection::write(const Request& request) {
  stream_->write(to_beast(request));
}
std::string Connection::read_until(std::string_view token) {
  return stream_->read_until(token);
}
void Connection::finish_writing() {
  stream_->finish_writing();
}
Response Connection::read(bool to_head) {
  return stream_->read(to_head);
}

Response send(std::uint16_t port, const Request& request) {
  return Connection(port).send(request);
}

Response send_raw(std::uint16_t port, std::string_view bytes) {
  Connection connection(port);
  connection.write(bytes);
  return connection.read();
}

Response get(std::uint16_t port, std::string target) {
  return send(port, {"GET", std::move(target), {}, {}});
}

Response post_json(std::uint16_t port, std::string target, std::string body) {
  return send(port,
              {"POST", std::move(target), {{"Content-Type", "application/json"}}, std::move(body)});
}

}  // namespace executor::test
