#include "wire/seccomp_sockets.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <initializer_list>
#include <utility>

#include "wire/seccomp_rules.h"

namespace executor {
namespace {

// The type of a socket: what is no type of socket() but a flag is left out, any other flag is not.
constexpr ArgumentTest is_type(std::uint32_t type) {
  return masked(1, ~std::uint32_t{SOCK_CLOEXEC | SOCK_NONBLOCK}, type);
}

// The ordinary ones, to set and to ask for. Not the firewall's tables, not what turns a socket into
// a carrier of IPsec or TLS or has a module loaded (TCP_ULP, TCP_CONGESTION), and nothing of
// multicast groups: those are joined in no time and left in quadratic time, under a lock that every
// new network namespace of the machine needs. Not IPV6_FLOWLABEL_MGR: flow labels outlive their
// sockets by up to a minute, and so could be read by the next run in a recycled network.
std::vector<SeccompRule> options_of_protocols(int call) {
  struct Level {
    std::uint32_t level = 0;
    std::initializer_list<unsigned long> options = {};
  };
  const Level levels[] = {
      {IPPROTO_IP,
       {IP_TOS, IP_TTL, IP_PKTINFO, IP_MTU_DISCOVER, IP_RECVERR, IP_RECVTTL, IP_RECVTOS,
        IP_FREEBIND, IP_BIND_ADDRESS_NO_PORT, IP_MULTICAST_IF, IP_MULTICAST_TTL,
        IP_MULTICAST_LOOP}},
      {IPPROTO_IPV6,
       {IPV6_UNICAST_HOPS, IPV6_MULTICAST_IF, IPV6_MULTICAST_HOPS, IPV6_MULTICAST_LOOP,
        IPV6_MTU_DISCOVER, IPV6_RECVERR, IPV6_V6ONLY}},
      {IPPROTO_TCP,
       {TCP_NODELAY, TCP_MAXSEG, TCP_CORK, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_SYNCNT,
        TCP_DEFER_ACCEPT, TCP_WINDOW_CLAMP, TCP_QUICKACK}},
      {IPPROTO_UDP, {UDP_CORK}},
  };
  std::vector<SeccompRule> rules;
  for (const Level& level : levels) {
    for (const unsigned long option : level.options) {
      rules.push_back({call, {is(1, level.level), is(2, static_cast<std::uint32_t>(option))}});
    }
  }
  return rules;
}

}  // namespace

std::vector<SeccompRule> internet_sockets() {
  std::vector<SeccompRule> rules;
  for (const std::uint32_t family : {AF_INET, AF_INET6}) {
    for (const auto& [type, protocol] : {std::pair(SOCK_STREAM, 0),
                                         {SOCK_STREAM, IPPROTO_TCP},
                                         {SOCK_DGRAM, 0},
                                         {SOCK_DGRAM, IPPROTO_UDP}}) {
      const auto number = static_cast<std::uint32_t>(protocol);
      rules.push_back({SYS_socket, {is(0, family), is_type(type), is(2, number)}});
    }
  }
  return rules;
}

std::vector<SeccompRule> unix_sockets(Sockets sockets) {
  const ArgumentTest unix = is(0, AF_UNIX);
  const ArgumentTest protocol = is_below(2, 2);  // none, or AF_UNIX again
  std::vector<SeccompRule> rules;
  for (const std::uint32_t type : {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM}) {
    const bool stays = type != SOCK_DGRAM;
    if (sockets != Sockets::kUnixPairs) {
      rules.push_back({SYS_socket, {unix, is_type(type), protocol}});
    } else if (!stays) {
      continue;
    }
    rules.push_back({SYS_socketpair, {unix, is_type(type), protocol}});
  }
  if (sockets != Sockets::kUnixPairs) append(rules, any({SYS_bind, SYS_connect, SYS_listen}));
  return rules;
}

std::vector<SeccompRule> socket_options() {
  std::vector<SeccompRule> rules = options_of_protocols(SYS_setsockopt);
  for (const std::uint32_t option : {SO_REUSEADDR, SO_REUSEPORT, SO_KEEPALIVE, SO_BROADCAST,
                                     SO_OOBINLINE, SO_RCVTIMEO, SO_SNDTIMEO, SO_PASSCRED}) {
    rules.push_back({SYS_setsockopt, {is(1, SOL_SOCKET), is(2, option)}});
  }
  return rules;
}

std::vector<SeccompRule> answers_of_sockets() {
  std::vector<SeccompRule> rules = options_of_protocols(SYS_getsockopt);
  append(rules, ways(SYS_getsockopt, {{is(1, IPPROTO_IP), is(2, IP_MTU)},
                                      {is(1, IPPROTO_IPV6), is(2, IPV6_MTU)},
                                      {is(1, IPPROTO_TCP), is(2, TCP_INFO)}}));
  for (const std::uint32_t option :
       {SO_TYPE, SO_ERROR, SO_DOMAIN, SO_PROTOCOL, SO_ACCEPTCONN, SO_REUSEADDR, SO_REUSEPORT,
        SO_KEEPALIVE, SO_BROADCAST, SO_OOBINLINE, SO_LINGER, SO_SNDBUF, SO_RCVBUF, SO_RCVTIMEO,
        SO_SNDTIMEO, SO_RCVLOWAT, SO_SNDLOWAT, SO_PASSCRED, SO_PEERCRED}) {
    rules.push_back({SYS_getsockopt, {is(1, SOL_SOCKET), is(2, option)}});
  }
  return rules;
}

}  // namespace executor
