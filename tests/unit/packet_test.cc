#include "wire/packet.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <dirent.h>
#include <array>
#include <string>
#include <vector>

#include "support/boost_test.h"

namespace executor {
namespace {

using namespace std::string_literals;

struct Pair {
  UniqueFd a, b;
};

Pair connected() {
  auto ends = packet_socketpair();
  BOOST_REQUIRE(ends.has_value());
  return {std::move(ends->first), std::move(ends->second)};
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  DIR* directory = ::opendir("/proc/self/fd");
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return count;
}

Packet receive(int socket) {
  auto packet = receive_packet(socket);
  BOOST_REQUIRE(packet.has_value());
  BOOST_REQUIRE(packet->has_value());
  return std::move(**packet);
}

// Sends more descriptors at once than send_packet() agrees to.
void send_descriptors(int socket, const std::vector<int>& fds) {
  char byte = 'x';
  iovec data{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(64 * sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
  cmsghdr* part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
  std::memcpy(CMSG_DATA(part), fds.data(), fds.size() * sizeof(int));
  BOOST_REQUIRE(::sendmsg(socket, &message, 0) == 1);
}

BOOST_AUTO_TEST_SUITE(packet_test)

BOOST_AUTO_TEST_CASE(packets_arrive_whole_and_in_order) {
  const Pair pair = connected();
  for (const std::string& bytes : {"first"s, "a\0b"s, std::string(kMaxPacket, 'x')}) {
    BOOST_TEST(send_packet(pair.a.get(), bytes).has_value());
    const Packet packet = receive(pair.b.get());
    BOOST_TEST((packet.bytes == bytes));
    BOOST_TEST(packet.fds.empty());
  }
}

BOOST_AUTO_TEST_CASE(both_ends_are_close_on_exec) {
  const Pair pair = connected();
  for (const int fd : {pair.a.get(), pair.b.get()}) {
    BOOST_TEST((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  }
}

BOOST_AUTO_TEST_CASE(descriptors_arrive_in_order_close_on_exec_and_stay_the_senders) {
  const Pair pair = connected();
  std::array<int, 2> pipe{};
  BOOST_REQUIRE(::pipe(pipe.data()) == 0);
  const UniqueFd reader(pipe[0]);
  const UniqueFd writer(pipe[1]);
  BOOST_TEST(send_packet(pair.a.get(), "two", pipe).has_value());
  const Packet packet = receive(pair.b.get());
  BOOST_TEST(packet.bytes == "two");
  BOOST_REQUIRE(packet.fds.size() == 2U);
  for (const UniqueFd& fd : packet.fds) BOOST_TEST((::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
  BOOST_TEST(::write(packet.fds[1].get(), "!", 1) == 1);
  char byte = 0;
  BOOST_TEST(::read(reader.get(), &byte, 1) == 1);
  BOOST_TEST(byte == '!');
}

BOOST_AUTO_TEST_CASE(as_many_descriptors_as_are_allowed_arrive) {
  const Pair pair = connected();
  const std::vector<int> fds(kMaxPacketFds, STDIN_FILENO);
  BOOST_TEST(send_packet(pair.a.get(), "x", fds).has_value());
  BOOST_TEST(receive(pair.b.get()).fds.size() == kMaxPacketFds);
}

BOOST_AUTO_TEST_CASE(more_descriptors_than_are_allowed_are_not_sent) {
  const Pair pair = connected();
  const std::vector<int> fds(kMaxPacketFds + 1, STDIN_FILENO);
  BOOST_TEST(!send_packet(pair.a.get(), "x", fds).has_value());
  BOOST_TEST(!receive_packet(pair.b.get(), kMaxPacket, MSG_DONTWAIT).has_value());
}

BOOST_AUTO_TEST_CASE(surplus_descriptors_are_an_error_and_none_of_them_stays_open) {
  const Pair pair = connected();
  const std::size_t before = open_descriptors();
  for (const std::size_t count : {kMaxPacketFds + 1, kMaxPacketFds + 2, std::size_t{60}}) {
    send_descriptors(pair.a.get(), std::vector<int>(count, STDIN_FILENO));
    BOOST_TEST(!receive_packet(pair.b.get()).has_value());
    BOOST_TEST(open_descriptors() == before);
  }
}

BOOST_AUTO_TEST_CASE(descriptors_that_are_not_taken_are_closed) {
  const Pair pair = connected();
  const std::size_t before = open_descriptors();
  send_descriptors(pair.a.get(), {STDIN_FILENO, STDIN_FILENO});
  (void)receive(pair.b.get());
  BOOST_TEST(open_descriptors() == before);
}

BOOST_AUTO_TEST_CASE(a_packet_that_is_larger_than_expected_is_an_error_and_the_next_is_whole) {
  const Pair pair = connected();
  BOOST_TEST(send_packet(pair.a.get(), "12345").has_value());
  BOOST_TEST(send_packet(pair.a.get(), "1234").has_value());
  const auto cut = receive_packet(pair.b.get(), 4);
  BOOST_REQUIRE(!cut.has_value());
  BOOST_TEST(cut.error().text() == "receive a packet: it was cut");
  const auto whole = receive_packet(pair.b.get(), 4);
  BOOST_REQUIRE(whole.has_value());
  BOOST_REQUIRE(whole->has_value());
  BOOST_TEST((*whole)->bytes == "1234");
}

BOOST_AUTO_TEST_CASE(a_cut_packets_descriptors_are_closed) {
  const Pair pair = connected();
  const std::size_t before = open_descriptors();
  const std::vector<int> fds(2, STDIN_FILENO);
  BOOST_TEST(send_packet(pair.a.get(), "12345", fds).has_value());
  BOOST_TEST(!receive_packet(pair.b.get(), 4).has_value());
  BOOST_TEST(open_descriptors() == before);
}

BOOST_AUTO_TEST_CASE(nothing_to_receive_is_an_error_that_says_so_when_not_waiting) {
  const Pair pair = connected();
  const auto packet = receive_packet(pair.b.get(), kMaxPacket, MSG_DONTWAIT);
  BOOST_REQUIRE(!packet.has_value());
  BOOST_TEST(packet.error().error == EAGAIN);
}

BOOST_AUTO_TEST_CASE(what_was_sent_before_the_peer_closed_arrives_and_then_nothing) {
  Pair pair = connected();
  BOOST_TEST(send_packet(pair.a.get(), "last words").has_value());
  pair.a.reset();
  BOOST_TEST(receive(pair.b.get()).bytes == "last words");
  const auto end = receive_packet(pair.b.get());
  BOOST_REQUIRE(end.has_value());
  BOOST_TEST(!end->has_value());
}

BOOST_AUTO_TEST_CASE(sending_to_a_closed_peer_is_an_error_and_raises_no_signal) {
  Pair pair = connected();
  pair.b.reset();
  const auto sent = send_packet(pair.a.get(), "x");
  BOOST_REQUIRE(!sent.has_value());
  BOOST_TEST(sent.error().error == EPIPE);
}

BOOST_AUTO_TEST_CASE(a_full_socket_that_does_not_block_says_so) {
  const Pair pair = connected();
  ::fcntl(pair.a.get(), F_SETFL, O_NONBLOCK);
  const std::string bytes(kMaxPacket, 'x');
  Result<void> sent;
  for (int i = 0; i < 1000 && sent; ++i) sent = send_packet(pair.a.get(), bytes);
  BOOST_REQUIRE(!sent.has_value());
  BOOST_TEST(sent.error().error == EAGAIN);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
