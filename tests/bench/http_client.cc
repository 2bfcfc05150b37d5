#include "http_client.h"

#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <stdexcept>
#include <utility>

#include "script.h"

namespace executor::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

constexpr std::uint64_t kMaxBytes = 16 << 20;

tcp::endpoint parse_endpoint(const std::string& endpoint) {
  const std::size_t colon = endpoint.rfind(':');
  if (colon == std::string::npos) throw std::runtime_error("not HOST:PORT: " + endpoint);
  const auto address = asio::ip::make_address(endpoint.substr(0, colon));
  return {address, static_cast<std::uint16_t>(std::stoul(endpoint.substr(colon + 1)))};
}

class HttpClient final : public Client {
 public:
  HttpClient(const std::string& endpoint, const Script& script)
      : endpoint_(parse_endpoint(endpoint)), socket_(context_), status_(script.status) {
    const std::string body = script.request_body();
    // Made once: the client shares the machine's cores with what it measures.
    request_ =
        "POST /execute HTTP/1.1\r\nHost: " + endpoint +
        "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n\r\n" + body;
  }

  std::string run() override {
    if (!socket_.is_open()) connect();
    asio::write(socket_, asio::buffer(request_));
    beast::http::response_parser<beast::http::string_body> parser;
    parser.body_limit(kMaxBytes);
    beast::http::read(socket_, buffer_, parser);
    beast::http::response<beast::http::string_body> response = parser.release();
    last_answer_ = !response.keep_alive();
    if (int(response.result_int()) != status_) {
      throw std::runtime_error("HTTP status " + std::to_string(response.result_int()) + ": " +
                               response.body());
    }
    return std::move(response.body());
  }

  void finish() override {
    if (last_answer_) socket_.close();
  }

 private:
  void connect() {
    socket_.connect(endpoint_);
    socket_.set_option(tcp::no_delay(true));
  }

  asio::io_context context_{1};
  tcp::endpoint endpoint_;
  tcp::socket socket_;
  beast::flat_buffer buffer_;
  std::string request_;
  int status_;
  bool last_answer_ = false;  // the service closes the connection after this answer
};

}  // namespace

ClientPtr make_http_client(const std::string& endpoint, const Script& script) {
  return std::make_unique<HttpClient>(endpoint, script);
}

std::string http_get(const std::string& endpoint, const std::string& target) {
  namespace http = beast::http;
  asio::io_context context{1};
  tcp::socket socket(context);
  socket.connect(parse_endpoint(endpoint));
  http::request<http::empty_body> request(http::verb::get, target, 11);
  request.set(http::field::host, endpoint);
  request.set(http::field::connection, "close");
  http::write(socket, request);
  beast::flat_buffer buffer;
  http::response<http::string_body> response;
  http::read(socket, buffer, response);
  if (response.result() != http::status::ok) {
    throw std::runtime_error(target + " is answered with " + std::to_string(response.result_int()));
  }
  return std::move(response.body());
}

}  // namespace executor::bench
