// Connections that nginx keeps: each brings request after request, and while it is idle it occupies
// no thread.
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "integration/echo_server.h"
#include "support/boost_test.h"
#include "support/fastcgi.h"
#include "support/sandbox.h"
#include "support/sockets.h"

namespace executor {
namespace {

using test::await;
using test::connect_to;
using test::contains;
using test::EchoServer;
using test::first_free_descriptor;
using test::large_answer;
using test::Scratch;

constexpr std::size_t kThreads = 4;  // of an EchoServer

bool send_request(const UniqueFd& connection, const std::string& body, bool keep = true) {
  const std::string bytes = test::request_bytes(body, keep);
  return ::send(connection.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

// Reads so many bytes; fewer when the server closes or says nothing for long.
std::string read_bytes(const UniqueFd& connection, std::size_t size) {
  std::string bytes;
  std::array<char, 65536> part{};
  pollfd readable{connection.get(), POLLIN, 0};
  while (bytes.size() < size && ::poll(&readable, 1, 30'000) == 1) {
    const ssize_t got =
        ::read(connection.get(), part.data(), std::min(part.size(), size - bytes.size()));
    if (got <= 0) break;
    bytes.append(part.data(), static_cast<std::size_t>(got));
  }
  return bytes;
}

// The text of one answer, up to the record that ends it; "" when it does not end.
std::string next_answer(const UniqueFd& connection) {
  std::string records;
  for (;;) {
    const std::string header = read_bytes(connection, test::kFastCgiHeader);
    if (header.size() < test::kFastCgiHeader) return {};
    const auto byte = [&header](std::size_t i) { return static_cast<unsigned char>(header[i]); };
    records += header + read_bytes(connection, byte(4) * 256U + byte(5) + byte(6));
    if (header[1] == char(test::FastCgiRecord::kEnd)) return test::text_of(records);
  }
}

std::string answer_on(const UniqueFd& connection, const std::string& body) {
  return send_request(connection, body) ? next_answer(connection) : "not sent";
}

// Whether the server has closed it.
bool has_ended(const UniqueFd& connection) {
  char byte = 0;
  const ssize_t got = ::recv(connection.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN);
}

// Whether the server closes it.
bool ends(const UniqueFd& connection) {
  pollfd event{connection.get(), POLLIN, 0};
  char byte = 0;
  return ::poll(&event, 1, 30'000) == 1 && ::recv(connection.get(), &byte, 1, MSG_DONTWAIT) <= 0;
}

std::vector<UniqueFd> idle_connections(const std::string& socket, std::size_t count) {
  std::vector<UniqueFd> idle;
  for (std::size_t i = 0; i < count; ++i) {
    idle.push_back(connect_to(socket));
    BOOST_REQUIRE(contains(answer_on(idle.back(), "first"), ":first"));
  }
  return idle;
}

std::size_t descriptors_of(pid_t pid) {
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

struct Started {
  Scratch scratch;
  std::string socket = scratch.path("socket");
  EchoServer server{socket};
  Started() { BOOST_REQUIRE(server.word() == "ready"); }
};

BOOST_AUTO_TEST_SUITE(kept_connections_test)

BOOST_FIXTURE_TEST_CASE(a_kept_connection_brings_request_after_request, Started) {
  const UniqueFd connection = connect_to(socket);
  for (int i = 0; i < 20; ++i) {
    const std::string body = std::to_string(i);
    BOOST_TEST(answer_on(connection, body).ends_with("\r\n\r\nexecute:" + body));
  }
  BOOST_TEST(contains(answer_on(connection, std::string(17, 'x')), ":too large"));
  BOOST_TEST(contains(answer_on(connection, "next"), ":next"));
  BOOST_TEST(server.stop());
}

BOOST_FIXTURE_TEST_CASE(one_that_is_not_to_be_kept_is_closed_after_the_answer, Started) {
  const UniqueFd connection = connect_to(socket);
  BOOST_TEST(contains(answer_on(connection, "first"), ":first"));
  BOOST_REQUIRE(send_request(connection, "last", false));
  BOOST_TEST(contains(next_answer(connection), ":last"));
  BOOST_TEST(ends(connection));
  BOOST_TEST(server.stop());
}

BOOST_FIXTURE_TEST_CASE(idle_connections_occupy_no_thread, Started) {
  const auto idle = idle_connections(socket, 10 * kThreads);
  BOOST_TEST(contains(answer_on(connect_to(socket), "me"), ":me"));
  for (const UniqueFd& connection : idle) {
    BOOST_TEST(contains(answer_on(connection, "again"), ":again"));
  }
  BOOST_TEST(server.stop());
}

BOOST_FIXTURE_TEST_CASE(an_idle_connection_that_is_closed_leaves_no_descriptor, Started) {
  const std::size_t before = descriptors_of(server.pid());
  auto idle = idle_connections(socket, 10 * kThreads);
  BOOST_TEST(descriptors_of(server.pid()) >= before + idle.size());
  idle.clear();
  BOOST_TEST(await([&] { return descriptors_of(server.pid()) == before; }));
  BOOST_TEST(server.stop());
}

BOOST_FIXTURE_TEST_CASE(of_too_many_idle_connections_the_oldest_are_closed, Started) {
  constexpr std::size_t kMost = 256;  // front/accept_gate.cc
  constexpr std::size_t kTooMany = 10;
  const auto idle = idle_connections(socket, kMost + kTooMany);
  // A thread that has answered lays its connection aside later, so that one may be younger than the
  // next.
  const auto oldest = std::span(idle).first(kTooMany + kThreads);
  BOOST_TEST(await([&] { return std::ranges::count_if(oldest, has_ended) == kTooMany; }));
  for (const UniqueFd& connection : idle) {
    BOOST_TEST((has_ended(connection) || contains(answer_on(connection, "again"), ":again")));
  }
  BOOST_TEST(std::ranges::count_if(oldest, has_ended) == kTooMany);
  BOOST_TEST(server.stop());
}

BOOST_FIXTURE_TEST_CASE(idle_connections_give_their_descriptors_to_new_ones, Started) {
  const auto idle = idle_connections(socket, 10);
  rlimit before{};
  BOOST_REQUIRE(::prlimit(server.pid(), RLIMIT_NOFILE, nullptr, &before) == 0);
  const rlimit all_taken{first_free_descriptor(server.pid()), before.rlim_max};
  BOOST_REQUIRE(::prlimit(server.pid(), RLIMIT_NOFILE, &all_taken, nullptr) == 0);
  BOOST_TEST(answer_on(connect_to(socket), "me").ends_with(":me"));
  // The threads that have answered last may not have laid their connections aside by then.
  for (std::size_t i = 0; i < idle.size(); ++i) {
    const bool held =
        i + kThreads >= idle.size() && contains(answer_on(idle[i], "again"), ":again");
    BOOST_TEST((held || ends(idle[i])));
  }
  BOOST_TEST(server.stop());
}

BOOST_FIXTURE_TEST_CASE(stopping_closes_idle_connections, Started) {
  const auto idle = idle_connections(socket, 2 * kThreads);
  BOOST_TEST(server.stop());
  for (const UniqueFd& connection : idle) BOOST_TEST(ends(connection));
}

// nginx repeats on a new connection what got no answer on an idle one.
BOOST_AUTO_TEST_CASE(what_is_sent_to_a_server_that_stops_is_answered_by_it_whole_or_by_the_next) {
  const Scratch scratch;
  const std::string path = scratch.path("socket");
  const UniqueFd listener = test::listening_socket(path);
  EchoServer first(path, listener);
  BOOST_REQUIRE(first.word() == "ready");
  const auto idle = idle_connections(path, 2 * kThreads);
  BOOST_TEST(first.stop());
  EchoServer second(path, listener);
  BOOST_REQUIRE(second.word() == "ready");
  for (const UniqueFd& connection : idle) {
    BOOST_TEST(answer_on(connection, "late") == "not sent");
    BOOST_TEST(contains(answer_on(connect_to(path), "late"), ":late"));
  }
  BOOST_TEST(second.stop());
}

BOOST_FIXTURE_TEST_CASE(bytes_that_are_no_request_end_their_kept_connection_and_nothing_else,
                        Started) {
  const auto idle = idle_connections(socket, 2 * kThreads);
  for (const UniqueFd& connection : idle) {
    BOOST_REQUIRE(::send(connection.get(), "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL) == 18);
  }
  for (const UniqueFd& connection : idle) BOOST_TEST(ends(connection));
  BOOST_TEST(contains(answer_on(connect_to(socket), "me"), ":me"));
  BOOST_TEST(server.stop());
}

BOOST_FIXTURE_TEST_CASE(requests_that_are_broken_off_on_kept_connections_cost_no_thread, Started) {
  auto idle = idle_connections(socket, 2 * kThreads);
  const std::string part = test::fastcgi_request({{"ROUTE", "execute"}}, "", true).substr(0, 30);
  for (const UniqueFd& connection : idle) {
    BOOST_REQUIRE(::send(connection.get(), part.data(), part.size(), MSG_NOSIGNAL) == 30);
  }
  idle.clear();
  BOOST_TEST(contains(answer_on(connect_to(socket), "me"), ":me"));
  BOOST_TEST(server.stop());
}

BOOST_FIXTURE_TEST_CASE(readers_that_take_nothing_on_kept_connections_hold_no_thread, Started) {
  for (const std::string how : {"whole", "parts"}) {
    const auto slow = idle_connections(socket, 2 * kThreads);
    for (const UniqueFd& connection : slow) BOOST_REQUIRE(send_request(connection, how));
    BOOST_TEST(contains(answer_on(connect_to(socket), "me"), ":me"));
    for (const UniqueFd& connection : slow) {
      BOOST_TEST(next_answer(connection).ends_with("\r\n\r\n" + large_answer()));
    }
  }
  BOOST_TEST(server.stop());
}

BOOST_FIXTURE_TEST_CASE(a_request_that_waits_on_a_kept_connection_can_be_seen, Started) {
  const auto idle = idle_connections(socket, 1);
  const std::string bytes = test::request_bytes("me");
  std::vector<UniqueFd> connections;
  for (std::size_t i = 0; i < kThreads; ++i) {
    connections.push_back(connect_to(socket));
    BOOST_REQUIRE(::send(connections.back().get(), bytes.data(), 20, MSG_NOSIGNAL) == 20);
  }
  BOOST_TEST(await([&] { return server.progress() == "1"; }));  // each is with its thread
  BOOST_REQUIRE(send_request(idle.front(), "again"));
  for (int look = 0; look < 100; ++look) BOOST_TEST(server.progress() == "waiting, 1");
  connections.clear();
  BOOST_TEST(contains(next_answer(idle.front()), ":again"));
  BOOST_TEST(server.stop());
}

BOOST_AUTO_TEST_CASE(connections_over_tcp_are_kept_too) {
  const std::string address = test::free_address();
  EchoServer server(address);
  BOOST_REQUIRE(server.word() == "ready");
  const auto idle = idle_connections(address, 2 * kThreads);
  for (const UniqueFd& connection : idle) {
    BOOST_TEST(contains(answer_on(connection, "again"), ":again"));
  }
  BOOST_TEST(server.stop());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
