// Packets on a SOCK_SEQPACKET unix socket, with descriptors attached. A packet arrives whole or is
// an error; descriptors that the receiver did not ask for are closed.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace executor {

// The most descriptors that one packet carries.
inline constexpr std::size_t kMaxPacketFds = 5;

// The largest packet, in bytes; longer messages are sent in several. Well below the default socket
// buffer (net.core.wmem_default, 212992), so that a packet is never refused for its size.
inline constexpr std::size_t kMaxPacket = 60 * 1024;

struct Packet {
  std::string bytes;
  std::vector<UniqueFd> fds;
};

// Two connected sockets, both close-on-exec.
Result<std::pair<UniqueFd, UniqueFd>> packet_socketpair();

// Sends one packet; `fds` stay the caller's. Blocks while the socket's buffer is full unless the
// socket is non-blocking (then the failure's error is EAGAIN). Never raises SIGPIPE.
Result<void> send_packet(int socket, std::string_view bytes, std::span<const int> fds = {});

// Receives one packet of at most `max_bytes`. An empty optional means that the other side closed.
// `flags` are recvmsg's, for example MSG_DONTWAIT. A packet that was cut is an error:
// EMFILE when this process could not take all descriptors.
Result<std::optional<Packet>> receive_packet(int socket, std::size_t max_bytes = kMaxPacket,
                                             int flags = 0);

}  // namespace executor
