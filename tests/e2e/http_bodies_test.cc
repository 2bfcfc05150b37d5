// How the bodies of requests arrive: their sizes, in chunks and in pieces, several on one
// connection.
#include <sstream>
#include <string>
#include <string_view>

#include "e2e/http_checks.h"

namespace executor::test {
namespace {

constexpr std::size_t kMaxBody = 8 * kMiB;

// A body of exactly `size` bytes whose script returns 'ran'.
std::string padded_body(std::size_t size) {
  std::string body = request_body("script", kScript);
  body.pop_back();  // the brace
  body += R"(, "stdin": ")";
  return body + std::string(size - body.size() - 2, 'x') + "\"}";
}

std::string chunk(std::string_view bytes) {
  std::ostringstream text;
  text << std::hex << bytes.size() << "\r\n" << bytes << "\r\n";
  return text.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_bodies)

BOOST_AUTO_TEST_CASE(a_body_of_8_mb_is_run) {
  const Response response = post_json(port(), "/execute", padded_body(kMaxBody));
  BOOST_TEST(response.status == 200);
  BOOST_TEST(response.json().at("result") == "ran");
}

BOOST_AUTO_TEST_CASE(a_body_over_8_mb_is_answered_with_413) {
  const Response response = post_json(port(), "/execute", padded_body(kMaxBody + 1));
  check_json_error(response, 413);
  BOOST_TEST(response.json().at("error_type") == "body_too_large");
}

BOOST_AUTO_TEST_CASE(a_chunked_body_is_run) {
  const std::string body = request_body("script", kScript);
  const Response response =
      send_raw(port(), post_head("Transfer-Encoding: chunked\r\n") + chunk(body.substr(0, 10)) +
                           chunk(body.substr(10)) + "0\r\n\r\n");
  BOOST_TEST(response.status == 200);
  BOOST_TEST(response.json().at("result") == "ran");
}

BOOST_AUTO_TEST_CASE(a_chunked_body_over_8_mb_is_answered_with_413) {
  check_json_error(send_raw(port(), post_head("Transfer-Encoding: chunked\r\n") +
                                        chunk(padded_body(kMaxBody + 1)) + "0\r\n\r\n"),
                   413);
}

// What nginx has read of it by then counts for the page of the error as well.
BOOST_AUTO_TEST_CASE(chunks_that_together_are_over_8_mb_are_answered_with_413_and_json) {
  for (const std::string path : {"/execute", "/mcp", "/compat/onyx/v1/execute", "/health", "/"}) {
    BOOST_TEST_CONTEXT(path) {
      std::string bytes = "POST " + path +
                          " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                          "Transfer-Encoding: chunked\r\n\r\n";
      for (std::size_t sent = 0; sent <= kMaxBody; sent += kMiB)
        bytes += chunk(std::string(kMiB, 'x'));
      const Response response = send_raw(port(), bytes + "0\r\n\r\n");
      BOOST_TEST(response.status == (path == "/" ? 405 : 413));
      BOOST_TEST(response.header("Content-Type").starts_with("application/json"));
      BOOST_TEST(!response.header("X-Request-Id").empty());
      BOOST_TEST(response.json().is_object());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_expects_100_continue_gets_it_and_then_its_answer) {
  const std::string body = request_body("script", kScript);
  Connection connection(port());
  connection.write(
      post_head("Expect: 100-continue\r\nContent-Length: " + std::to_string(body.size()) + "\r\n"));
  BOOST_TEST(connection.read().status == 100);
  connection.write(body);
  const Response response = connection.read();
  BOOST_TEST(response.status == 200);
  BOOST_TEST(response.json().at("result") == "ran");
}

BOOST_AUTO_TEST_CASE(a_body_that_arrives_in_pieces_is_run) {
  const std::string body = request_body("script", kScript);
  Connection connection(port());
  connection.write(post_head("Content-Length: " + std::to_string(body.size()) + "\r\n"));
  for (const char byte : body) connection.write(std::string_view(&byte, 1));
  BOOST_TEST(connection.read().status == 200);
}

BOOST_AUTO_TEST_CASE(two_requests_on_one_connection_get_an_answer_each) {
  Connection connection(port());
  for (const char* value : {"1", "2"}) {
    const Response response =
        connection.send({"POST",
                         "/execute",
                         {{"Content-Type", "application/json"}},
                         request_body("script", "def main():\n    return " + std::string(value))});
    BOOST_TEST(response.json().at("result") == json(value));
  }
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
  std::string bytes;
  for (const char* value : {"'first'", "'second'"}) {
    const std::string body =
        request_body("script", "def main():\n    return " + std::string(value));
    bytes += post_head("Content-Length: " + std::to_string(body.size()) + "\r\n") + body;
  }
  Connection connection(port());
  connection.write(bytes);
  BOOST_TEST(connection.read().json().at("result") == "first");
  BOOST_TEST(connection.read().json().at("result") == "second");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
