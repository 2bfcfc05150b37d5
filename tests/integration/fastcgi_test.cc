// The server and its connections: requests, bytes that are no request, clients that say nothing or
// read nothing.
#include "front/fastcgi.h"

#include <sys/socket.h>

#include <string>
#include <vector>

#include "integration/echo_server.h"
#include "support/boost_test.h"
#include "support/sandbox.h"
#include "support/sockets.h"

namespace executor {
namespace {

using test::answer_to;
using test::connect_to;
using test::contains;
using test::EchoServer;
using test::free_address;
using test::large_answer;
using test::request_bytes;
using test::rest_of;
using test::Scratch;
using test::text_of;

BOOST_AUTO_TEST_SUITE(fastcgi_test)

BOOST_AUTO_TEST_CASE(a_request_reaches_the_handler_and_its_answer_the_client) {
  const Scratch scratch;
  EchoServer server(scratch.path("socket"));
  BOOST_REQUIRE(server.word() == "ready");
  const std::string answer = answer_to(scratch.path("socket"), request_bytes("hello"));
  BOOST_TEST(contains(answer, "Status: 200 OK\r\n"));
  BOOST_TEST(contains(answer, "X-Test: yes\r\n"));
  BOOST_TEST(contains(answer, "Content-Length: 13\r\n"));
  BOOST_TEST(contains(answer, "\r\n\r\nexecute:hello"));
  BOOST_TEST(server.stop());
}

BOOST_AUTO_TEST_CASE(a_body_of_the_limit_is_passed_on_and_a_larger_one_is_not) {
  const Scratch scratch;
  EchoServer server(scratch.path("socket"));
  BOOST_REQUIRE(server.word() == "ready");
  const std::string limit(16, 'x');
  BOOST_TEST(contains(answer_to(scratch.path("socket"), request_bytes(limit)), ":" + limit));
  BOOST_TEST(contains(answer_to(scratch.path("socket"), request_bytes(limit + "x")), ":too large"));
  BOOST_TEST(server.stop());
}

BOOST_AUTO_TEST_CASE(stopping_does_not_wait_for_connections_that_say_nothing) {
  const Scratch scratch;
  EchoServer server(scratch.path("socket"));
  BOOST_REQUIRE(server.word() == "ready");
  std::vector<UniqueFd> silent;  // more than there are threads
  for (int i = 0; i < 8; ++i) silent.push_back(connect_to(scratch.path("socket")));
  BOOST_TEST(server.stop());
}

BOOST_AUTO_TEST_CASE(silent_connections_do_not_block_others) {
  const Scratch scratch;
  EchoServer server(scratch.path("socket"));
  BOOST_REQUIRE(server.word() == "ready");
  std::vector<UniqueFd> silent;
  for (int i = 0; i < 8; ++i) silent.push_back(connect_to(scratch.path("socket")));
  BOOST_TEST(contains(answer_to(scratch.path("socket"), request_bytes("me")), ":me"));
  BOOST_TEST(server.stop());
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_request_end_their_connection_and_nothing_else) {
  const Scratch scratch;
  EchoServer server(scratch.path("socket"));
  BOOST_REQUIRE(server.word() == "ready");
  for (const std::string& bytes :
       {std::string(64, '\xFF'), std::string(64, '\0'), std::string("GET / HTTP/1.1\r\n\r\n")}) {
    BOOST_TEST(!contains(answer_to(scratch.path("socket"), bytes), "Status: 200"));
  }
  BOOST_TEST(contains(answer_to(scratch.path("socket"), request_bytes("me")), ":me"));
  BOOST_TEST(server.stop());
}

BOOST_AUTO_TEST_CASE(requests_that_are_broken_off_cost_no_thread) {
  const Scratch scratch;
  EchoServer server(scratch.path("socket"));
  BOOST_REQUIRE(server.word() == "ready");
  const std::string whole = request_bytes("me");
  for (std::size_t length = 1; length < whole.size(); ++length) {
    const UniqueFd connection = connect_to(scratch.path("socket"));
    BOOST_REQUIRE(::send(connection.get(), whole.data(), length, MSG_NOSIGNAL) ==
                  static_cast<ssize_t>(length));
  }
  BOOST_TEST(contains(answer_to(scratch.path("socket"), whole), ":me"));
  BOOST_TEST(server.stop());
}

BOOST_AUTO_TEST_CASE(readers_that_take_nothing_hold_no_thread_and_get_everything_later) {
  for (const std::string how : {"whole", "parts"}) {
    const Scratch scratch;
    EchoServer server(scratch.path("socket"));
    BOOST_REQUIRE(server.word() == "ready");
    const std::string bytes = request_bytes(how);
    std::vector<UniqueFd> slow;  // more than there are threads
    for (int i = 0; i < 8; ++i) {
      slow.push_back(connect_to(scratch.path("socket")));
      BOOST_REQUIRE(::send(slow.back().get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                    static_cast<ssize_t>(bytes.size()));
    }
    BOOST_TEST(contains(answer_to(scratch.path("socket"), request_bytes("me")), ":me"));
    for (const UniqueFd& connection : slow) {
      BOOST_TEST(text_of(rest_of(connection)).ends_with("\r\n\r\n" + large_answer()));
    }
    BOOST_TEST(server.stop());
  }
}

BOOST_AUTO_TEST_CASE(silent_tcp_connections_do_not_block_others) {
  const std::string address = free_address();
  EchoServer server(address);
  BOOST_REQUIRE(server.word() == "ready");
  std::vector<UniqueFd> silent;  // as many as there are threads
  for (int i = 0; i < 4; ++i) silent.push_back(connect_to(address));
  BOOST_TEST(contains(answer_to(address, request_bytes("me")), ":me"));
  BOOST_TEST(server.stop());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
