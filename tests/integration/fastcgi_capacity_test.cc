// The server when it has no memory, thread or descriptor left: requests wait or are refused, and it
// recovers.
#include "front/fastcgi.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "integration/echo_server.h"
#include "support/boost_test.h"
#include "support/fastcgi.h"
#include "support/processes.h"
#include "support/sandbox.h"
#include "support/sockets.h"

namespace executor {
namespace {

using test::answer_to;
using test::await;
using test::connect_to;
using test::contains;
using test::EchoServer;
using test::first_free_descriptor;
using test::request_bytes;
using test::rest_of;
using test::Scratch;
using test::sleeps_of;

BOOST_AUTO_TEST_SUITE(fastcgi_capacity_test)

BOOST_AUTO_TEST_CASE(an_answer_makes_room_for_the_next_request_whatever_its_thread_still_does) {
  const Scratch scratch;
  MemoryBudget of_one(1 << 20, 1);
  std::array<int, 2> ends{};
  BOOST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const UniqueFd held_up(ends[0]), until(ends[1]);
  EchoServer server(scratch.path("socket"), UniqueFd(), &of_one, held_up.get());
  BOOST_REQUIRE(server.word() == "ready");
  for (int i = 0; i < 3; ++i) {  // fewer than there are threads
    BOOST_TEST(contains(answer_to(scratch.path("socket"), request_bytes("stay")), "refused"));
  }
  BOOST_TEST(contains(answer_to(scratch.path("socket"), request_bytes("next")), ":next"));
  BOOST_TEST(::write(until.get(), "...", 3) == 3);
  BOOST_TEST(server.stop());
}

// A client that is still sending must be able to, or it would see that instead of its answer.
BOOST_AUTO_TEST_CASE(a_request_for_which_there_is_no_room_is_refused_before_its_body_has_come) {
  const Scratch scratch;
  MemoryBudget none(1 << 20, 0);
  EchoServer server(scratch.path("socket"), UniqueFd(), &none);
  BOOST_REQUIRE(server.word() == "ready");
  const std::string bytes = request_bytes("never comes");
  const std::size_t without_body = bytes.size() - 11 - 2 * test::kFastCgiHeader;
  std::vector<UniqueFd> refused;  // more than there are threads
  for (int i = 0; i < 8; ++i) {
    refused.push_back(connect_to(scratch.path("socket")));
    BOOST_REQUIRE(::send(refused.back().get(), bytes.data(), without_body, MSG_NOSIGNAL) ==
                  static_cast<ssize_t>(without_body));
  }
  for (const UniqueFd& connection : refused) {
    std::array<char, 4096> part{};
    pollfd readable{connection.get(), POLLIN, 0};
    BOOST_REQUIRE(::poll(&readable, 1, 30'000) == 1);
    const ssize_t size = ::read(connection.get(), part.data(), part.size());
    BOOST_TEST(contains({part.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))},
                        "\r\n\r\nexecute:at capacity"));
    BOOST_TEST(::send(connection.get(), bytes.data() + without_body, bytes.size() - without_body,
                      MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size() - without_body));
  }
  refused.clear();
  BOOST_TEST(server.stop());
}

BOOST_AUTO_TEST_CASE(who_waits_while_every_thread_is_held_can_be_seen) {
  const Scratch scratch;
  EchoServer server(scratch.path("socket"));
  BOOST_REQUIRE(server.word() == "ready");
  BOOST_TEST(server.progress() == "0");
  const std::string bytes = request_bytes("me");
  std::vector<UniqueFd> connections;
  for (int i = 0; i < 4; ++i) {  // one for each thread
    connections.push_back(connect_to(scratch.path("socket")));
    BOOST_REQUIRE(::send(connections.back().get(), bytes.data(), 20, MSG_NOSIGNAL) == 20);
  }
  BOOST_TEST(await([&] { return server.progress() == "0"; }));  // each is with its thread
  const UniqueFd waiting = connect_to(scratch.path("socket"));
  BOOST_REQUIRE(::send(waiting.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0);
  for (int look = 0; look < 100; ++look) BOOST_TEST(server.progress() == "waiting, 0");
  connections.clear();  // which is an end of them, too
  BOOST_TEST(contains(rest_of(waiting), ":me"));
  BOOST_TEST(await([&] { return server.progress() == "5"; }));
  BOOST_TEST(server.stop());
}

BOOST_AUTO_TEST_CASE(a_lack_of_descriptors_costs_no_thread_and_delays_waiting_requests) {
  const Scratch scratch;
  EchoServer server(scratch.path("socket"));
  BOOST_REQUIRE(server.word() == "ready");
  rlimit before{};
  BOOST_REQUIRE(::prlimit(server.pid(), RLIMIT_NOFILE, nullptr, &before) == 0);
  const rlimit none{2, before.rlim_max};  // poll(2) may not have more descriptors than that
  BOOST_REQUIRE(::prlimit(server.pid(), RLIMIT_NOFILE, &none, nullptr) == 0);
  std::vector<UniqueFd> waiting;  // more than there are threads
  const std::string bytes = request_bytes("me");
  for (int i = 0; i < 8; ++i) {
    waiting.push_back(connect_to(scratch.path("socket")));
    BOOST_REQUIRE(::send(waiting.back().get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0);
  }
  // Each thread has tried more than once: a thread that fails sleeps before the next attempt.
  const long slept = sleeps_of(server.pid());
  BOOST_TEST(await([&] { return sleeps_of(server.pid()) > slept + 40; }));
  BOOST_REQUIRE(::prlimit(server.pid(), RLIMIT_NOFILE, &before, nullptr) == 0);
  for (UniqueFd& connection : waiting) {
    BOOST_TEST(contains(rest_of(connection), ":me"));
    connection.reset();
  }
  BOOST_TEST(server.stop());
}

// As long as it lasts each connection is let in, one at a time, to be refused.
BOOST_AUTO_TEST_CASE(requests_are_refused_when_descriptors_are_exhausted) {
  const Scratch scratch;
  EchoServer server(scratch.path("socket"));
  BOOST_REQUIRE(server.word() == "ready");
  const auto first_free = first_free_descriptor(server.pid());
  // A connection whose answer was read late is closed only when its thread has the next one, which
  // would find its descriptor then.
  int served = 0;
  BOOST_TEST(await([&] {
    const std::string answer = answer_to(scratch.path("socket"), request_bytes("me"));
    BOOST_TEST(contains(answer, "execute:me"), answer);
    ++served;
    BOOST_TEST(await([&] { return server.progress() == std::to_string(served); }));
    return first_free_descriptor(server.pid()) == first_free;
  }));
  rlimit before{};
  BOOST_REQUIRE(::prlimit(server.pid(), RLIMIT_NOFILE, nullptr, &before) == 0);
  const rlimit all_taken{first_free, before.rlim_max};
  BOOST_REQUIRE(::prlimit(server.pid(), RLIMIT_NOFILE, &all_taken, nullptr) == 0);
  for (int i = 0; i < 20; ++i) {
    const std::string answer = answer_to(scratch.path("socket"), request_bytes("me"));
    BOOST_TEST(contains(answer, "execute:me, on reserve"), answer);
    // The reserve is back: before, a new connection would find the descriptor that has become free.
    ++served;
    BOOST_TEST(await([&] { return server.progress() == std::to_string(served); }));
  }
  BOOST_REQUIRE(::prlimit(server.pid(), RLIMIT_NOFILE, &before, nullptr) == 0);
  BOOST_TEST(await([&] {
    return !contains(answer_to(scratch.path("socket"), request_bytes("me")), "reserve");
  }));
  BOOST_TEST(server.stop());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
