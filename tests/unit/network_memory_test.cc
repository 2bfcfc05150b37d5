#include "resources/network_memory.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "base/fd.h"
#include "support/boost_test.h"

namespace executor {
namespace {

const std::string kTcp = "   1: 0100007F:A8B2 0100007F:1F90 ";

BOOST_AUTO_TEST_SUITE(network_memory_of_a_run)

BOOST_AUTO_TEST_CASE(the_queues_of_an_internet_socket_are_summed) {
  const std::string line = kTcp + "01 00001000:00100000 01:00000014 00000000  1000 0 4711 2 0 20";
  BOOST_TEST(queued_in_internet_socket(line) == 0x101000U);
}

BOOST_AUTO_TEST_CASE(what_a_listening_socket_counts_is_not_bytes) {
  const std::string line = kTcp + "0A 00000000:00001000 00:00000000 00000000  1000 0 4711 1 0";
  BOOST_TEST(queued_in_internet_socket(line) == 0U);
}

BOOST_AUTO_TEST_CASE(a_connection_without_a_holder_counts_as_its_buffer_if_anything_waits) {
  const std::string end = " 00:00000000 00000000  1000 0 0 1 0 20 4 30 10 -1";
  BOOST_TEST(queued_in_internet_socket(kTcp + "01 00000000:00000001" + end) == 131072U);
  BOOST_TEST(queued_in_internet_socket(kTcp + "01 00000000:00000000" + end) == 0U);
}

BOOST_AUTO_TEST_CASE(a_unix_connection_that_was_not_accepted_has_no_inode) {
  const std::string start = "ffff888000000000: 00000002 00000000 00000000 0001 ";
  BOOST_TEST(is_unaccepted_unix_socket(start + "02     0 /tmp/listening"));
  BOOST_TEST(!is_unaccepted_unix_socket(start + "03 30311"));
}

BOOST_AUTO_TEST_CASE(a_line_that_ends_early_counts_nothing) {
  BOOST_TEST(queued_in_internet_socket("   1: 0100007F") == 0U);
  BOOST_TEST(!is_unaccepted_unix_socket(""));
}

BOOST_AUTO_TEST_CASE(what_waits_in_a_socket_of_the_namespace_is_seen) {
  const UniqueFd receiver(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  BOOST_REQUIRE(::bind(receiver.get(), any, size) == 0);
  BOOST_REQUIRE(::getsockname(receiver.get(), any, &size) == 0);
  const UniqueFd sender(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const std::string data(8000, 'x');
  BOOST_REQUIRE(::sendto(sender.get(), data.data(), data.size(), 0, any, size) == 8000);
  BOOST_TEST(network_memory(::getpid(), UINT64_MAX) >= 8000U);
}

BOOST_AUTO_TEST_CASE(datagrams_of_senders_that_are_closed_are_seen) {
  constexpr std::uint64_t kMore = 8 * 212'992;
  std::array<int, 2> ends{};
  const std::uint64_t before = network_memory(::getpid(), kMore);
  std::vector<UniqueFd> receivers;
  for (int i = 0; i < 64; ++i) {
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    const UniqueFd sender(ends[0]);
    receivers.emplace_back(ends[1]);
    BOOST_REQUIRE(::send(sender.get(), "x", 1, 0) == 1);
  }
  BOOST_TEST(network_memory(::getpid(), kMore) >= before + kMore);
}

BOOST_AUTO_TEST_CASE(a_process_that_is_gone_has_none) {
  BOOST_TEST(network_memory(1 << 30, UINT64_MAX) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
