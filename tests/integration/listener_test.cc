// The socket that the server listens on: a path, an inherited one, an address.
#include "front/listener.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

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
using test::listening_port;
using test::listening_socket;
using test::request_bytes;
using test::rest_of;
using test::Scratch;

BOOST_AUTO_TEST_SUITE(listener_test)

BOOST_AUTO_TEST_CASE(the_socket_is_for_its_owner_and_group_only_and_goes_with_the_server) {
  const Scratch scratch;
  EchoServer server(scratch.path("socket"));
  BOOST_REQUIRE(server.word() == "ready");
  struct stat status {};
  BOOST_REQUIRE(::stat(scratch.path("socket").c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 0777U) == 0660U);
  BOOST_TEST(server.stop());
  BOOST_TEST(!std::filesystem::exists(scratch.path("socket")));
}

BOOST_AUTO_TEST_CASE(where_a_socket_listens_is_named_as_in_the_settings) {
  const Scratch scratch;
  for (const std::string& address : {scratch.path("socket"), free_address()}) {
    const auto listener = listen_on(address);
    BOOST_REQUIRE(listener.has_value());
    BOOST_TEST(address_of_listener(listener->get()) == address);
  }
  BOOST_TEST(address_of_listener(-1) == "");
}

BOOST_AUTO_TEST_CASE(a_socket_on_which_another_process_listens_is_refused_and_left_alone) {
  const Scratch scratch;
  const std::string path = scratch.path("socket");
  const UniqueFd other = listening_socket(path);
  const EchoServer server(path);
  BOOST_TEST(server.word() == "listen on " + path + ": another process is already listening");
  BOOST_TEST(static_cast<bool>(connect_to(path)));
}

BOOST_AUTO_TEST_CASE(an_inherited_socket_stays_and_what_waits_in_it_is_served_by_the_next) {
  const Scratch scratch;
  const std::string path = scratch.path("socket");
  const UniqueFd listener = listening_socket(path);
  EchoServer first(path, listener);
  BOOST_REQUIRE(first.word() == "ready");
  BOOST_TEST(contains(answer_to(path, request_bytes("one")), ":one"));
  BOOST_TEST(first.stop());
  UniqueFd waiting = connect_to(path);
  const std::string bytes = request_bytes("two");
  BOOST_REQUIRE(::send(waiting.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0);
  EchoServer second(path, listener);
  BOOST_REQUIRE(second.word() == "ready");
  BOOST_TEST(contains(rest_of(waiting), ":two"));
  waiting.reset();
  BOOST_TEST(second.stop());
}

BOOST_AUTO_TEST_CASE(a_socket_that_a_dead_process_has_left_is_replaced) {
  const Scratch scratch;
  const std::string path = scratch.path("socket");
  listening_socket(path).reset();
  BOOST_TEST(!connect_to(path));
  EchoServer server(path);
  BOOST_REQUIRE(server.word() == "ready");
  BOOST_TEST(contains(answer_to(path, request_bytes("again")), ":again"));
  BOOST_TEST(server.stop());
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_socket_is_not_removed) {
  const Scratch scratch;
  const std::string path = scratch.file("precious", "data");
  const EchoServer server(path);
  BOOST_TEST(contains(server.word(), path));
  BOOST_TEST(std::filesystem::file_size(path) == 4U);
}

BOOST_AUTO_TEST_CASE(a_socket_in_a_directory_that_does_not_exist_is_refused_and_named) {
  const EchoServer server("/nonexistent/socket");
  BOOST_TEST(server.word() == "make the socket /nonexistent/socket: No such file or directory");
}

BOOST_AUTO_TEST_CASE(a_socket_path_that_is_too_long_is_refused) {
  const EchoServer server("/tmp/" + std::string(200, 'x'));
  BOOST_TEST(contains(server.word(), "it is too long"));
}

BOOST_AUTO_TEST_CASE(a_request_over_tcp_is_answered_as_one_over_a_path_is) {
  const std::string address = free_address();
  EchoServer server(address);
  BOOST_REQUIRE(server.word() == "ready");
  BOOST_TEST(contains(answer_to(address, request_bytes("hello")), "\r\n\r\nexecute:hello"));
  BOOST_TEST(server.stop());
  BOOST_TEST(!connect_to(address));
  EchoServer again(address);  // at once
  BOOST_TEST(again.word() == "ready");
}

BOOST_AUTO_TEST_CASE(a_port_on_which_another_process_listens_is_refused) {
  const auto [other, address] = listening_port();
  const EchoServer server(address);
  BOOST_TEST(server.word() == "listen on " + address + ": Address already in use");
}

BOOST_AUTO_TEST_CASE(an_invalid_address_is_refused_and_named) {
  for (const std::string text :
       {"nowhere", ":9000", "127.0.0.1:http", "localhost:9000", "999.1.1.1:9000", "[]:1"}) {
    BOOST_TEST_CONTEXT(text) {
      const EchoServer server(text);
      BOOST_TEST(contains(server.word(), "use the socket " + text + ": "));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
