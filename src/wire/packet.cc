#include "wire/packet.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>

namespace executor {
namespace {

constexpr std::size_t kControlSpace = CMSG_SPACE(kMaxPacketFds * sizeof(int));

// Every descriptor of a received control message, owned from here on.
std::vector<UniqueFd> take_fds(msghdr& message) {
  std::vector<UniqueFd> fds;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
      fds.emplace_back(fd);
    }
  }
  return fds;
}

}  // namespace

Result<std::pair<UniqueFd, UniqueFd>> packet_socketpair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return os_failure("make a socket pair");
  }
  return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

Result<void> send_packet(int socket, std::string_view bytes, std::span<const int> fds) {
  if (fds.size() > kMaxPacketFds) return failure("send a packet: too many descriptors");
  iovec data{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) std::array<char, kControlSpace> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(part), fds.data(), fds.size_bytes());
  }
  while (::sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return os_failure("send a packet");
  }
  return {};
}

Result<std::optional<Packet>> receive_packet(int socket, std::size_t max_bytes, int flags) {
  // Its size first: a buffer for the largest packet would cost a page fault for each page of it.
  ssize_t size = -1;
  while ((size = ::recv(socket, nullptr, 0, flags | MSG_PEEK | MSG_TRUNC)) < 0) {
    if (errno != EINTR) return os_failure("receive a packet");
  }
  Packet packet;
  packet.bytes.resize(std::min(max_bytes, static_cast<std::size_t>(size)));
  iovec data{packet.bytes.data(), packet.bytes.size()};
  alignas(cmsghdr) std::array<char, kControlSpace> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  while ((size = ::recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC)) < 0) {
    if (errno != EINTR) return os_failure("receive a packet");
  }
  packet.fds = take_fds(message);
  const bool cut = (message.msg_flags & MSG_TRUNC) != 0;
  const bool lacks_fds = (message.msg_flags & MSG_CTRUNC) != 0;
  // There was room for more of them, so it is this process that may have no more (unix(7)).
  if (!cut && lacks_fds && packet.fds.size() < kMaxPacketFds) {
    return Failure("receive a packet: its descriptors were cut", EMFILE);
  }
  // The buffer's alignment may leave room for one more than are allowed.
  if (cut || lacks_fds || packet.fds.size() > kMaxPacketFds) {
    return failure("receive a packet: it was cut");
  }
  if (size == 0 && packet.fds.empty()) return std::optional<Packet>();
  packet.bytes.resize(static_cast<std::size_t>(size));
  return std::optional<Packet>(std::move(packet));
}

}  // namespace executor
