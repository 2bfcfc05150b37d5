#include "runner/unix_queues.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>

#include "base/fd.h"
#include "base/unix_sockets.h"
#include "support/boost_test.h"

namespace executor {
namespace {

// A socket with a name that the kernel has chosen.
struct Named {
  explicit Named(int type) : socket(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0)) {
    BOOST_REQUIRE(::bind(socket.get(), any(), sizeof(sa_family_t)) == 0);
    BOOST_REQUIRE(::getsockname(socket.get(), any(), &size) == 0);
  }
  sockaddr* any() { return reinterpret_cast<sockaddr*>(&address); }

  UniqueFd socket;
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  socklen_t size = sizeof address;
};

void send_and_close(int type, Named& to) {
  const UniqueFd socket(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  BOOST_REQUIRE(::connect(socket.get(), to.any(), to.size) == 0);
  BOOST_REQUIRE(::send(socket.get(), "x", 1, 0) == 1);
}

std::uint64_t waiting_for_us() {
  return UnixQueues().look(0)[::getuid()];
}

BOOST_AUTO_TEST_SUITE(unix_queues_test)

BOOST_AUTO_TEST_CASE(connections_that_were_not_accepted_count_for_the_listeners_user) {
  Named listener(SOCK_STREAM);
  BOOST_REQUIRE(::listen(listener.socket.get(), 8) == 0);
  const std::uint64_t before = waiting_for_us();
  for (int i = 0; i < 3; ++i) send_and_close(SOCK_STREAM, listener);
  BOOST_TEST(waiting_for_us() - before == 3 * kUnixBuffer);
}

BOOST_AUTO_TEST_CASE(a_datagram_that_was_not_read_counts_as_the_most_there_can_be) {
  Named receiver(SOCK_DGRAM);
  const std::uint64_t before = waiting_for_us();
  send_and_close(SOCK_DGRAM, receiver);
  BOOST_TEST(waiting_for_us() - before >= kUnixBuffer);
}

BOOST_AUTO_TEST_CASE(nothing_is_asked_where_all_sockets_together_cannot_hold_too_much) {
  BOOST_TEST(UnixQueues().look(UINT64_MAX).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
