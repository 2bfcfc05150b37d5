#include "runner/unix_queues.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <optional>

#include "base/unix_sockets.h"

namespace executor {
namespace {

// Senders of datagrams to one socket, where the kernel does not say it.
constexpr std::uint64_t kDatagrams = 10;

struct Request {
  nlmsghdr header;
  unix_diag_req unix;
};

std::uint64_t most_datagrams() {
  std::uint64_t most = kDatagrams;
  std::ifstream("/proc/sys/net/unix/max_dgram_qlen") >> most;
  return most + 1;
}

// Of listening sockets the length of the receiving queue is the number of connections; of those for
// datagrams the kernel shows the next one alone.
std::uint64_t waiting(const unix_diag_msg& socket, std::uint64_t queue, std::uint64_t datagrams) {
  if (queue == 0) return 0;
  if (socket.udiag_state == TCP_LISTEN) return queue * kUnixBuffer;
  return socket.udiag_type == SOCK_DGRAM ? datagrams * kUnixBuffer : 0;
}

struct Answer {
  std::optional<std::uint32_t> user;
  std::optional<unix_diag_rqlen> queues;
};

template <class Value>
void read_value(const nlattr& attribute, std::optional<Value>& value) {
  if (attribute.nla_len < NLA_HDRLEN + sizeof(Value)) return;
  std::memcpy(&value.emplace(), reinterpret_cast<const char*>(&attribute) + NLA_HDRLEN,
              sizeof(Value));
}

Answer read_attributes(const char* at, std::size_t left) {
  Answer answer;
  while (left >= sizeof(nlattr)) {
    const auto& attribute = *reinterpret_cast<const nlattr*>(at);
    if (attribute.nla_len < sizeof(nlattr) || attribute.nla_len > left) break;
    if (attribute.nla_type == UNIX_DIAG_UID) read_value(attribute, answer.user);
    if (attribute.nla_type == UNIX_DIAG_RQLEN) read_value(attribute, answer.queues);
    const std::size_t length = std::min<std::size_t>(left, NLA_ALIGN(attribute.nla_len));
    left -= length;
    at += length;
  }
  return answer;
}

void add(const nlmsghdr& message, std::uint64_t datagrams, std::map<uid_t, std::uint64_t>& bytes) {
  constexpr std::size_t kHead = NLMSG_LENGTH(sizeof(unix_diag_msg));
  if (message.nlmsg_len < kHead) return;
  const auto* socket = static_cast<const unix_diag_msg*>(NLMSG_DATA(&message));
  const auto* attributes = reinterpret_cast<const char*>(socket + 1);
  const Answer answer = read_attributes(attributes, message.nlmsg_len - kHead);
  if (!answer.user || !answer.queues) return;
  bytes[*answer.user] += waiting(*socket, answer.queues->udiag_rqueue, datagrams);
}

bool ask(int diagnosis) {
  Request request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.unix.sdiag_family = AF_UNIX;
  request.unix.udiag_states = ~0U;
  request.unix.udiag_show = UDIAG_SHOW_RQLEN | UDIAG_SHOW_UID;
  return ::send(diagnosis, &request, sizeof request, 0) == sizeof request;
}

}  // namespace

UnixQueues::UnixQueues()
    : diagnosis_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG)) {
}

// The kernel answers at once, a part with each call.
std::map<uid_t, std::uint64_t> UnixQueues::look(std::uint64_t limit) const {
  std::map<uid_t, std::uint64_t> bytes;
  if (count_unix_sockets("/proc/net/protocols") * kUnixBuffer <= limit) return bytes;
  if (!diagnosis_ || !ask(diagnosis_.get())) return bytes;
  const std::uint64_t datagrams = most_datagrams();
  alignas(nlmsghdr) std::array<char, 32 << 10> part{};
  for (;;) {
    const ssize_t size = ::recv(diagnosis_.get(), part.data(), part.size(), 0);
    if (size <= 0) return bytes;
    auto left = static_cast<unsigned>(size);
    for (auto* message = reinterpret_cast<nlmsghdr*>(part.data()); NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY) return bytes;  // the end, or an error
      add(*message, datagrams, bytes);
    }
  }
}

}  // namespace executor
