#include "front/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace executor {
namespace {

// A full backlog is an instant 502 at nginx.
constexpr int kBacklog = 1024;
// How long a TCP connection may be silent, or not take what is written. (libfcgi handles those of a
// path.) A request is complete when nginx sends it, so this is about a broken network.
constexpr int kTcpPatienceSeconds = 5;

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return failure("use the socket path " + path + ": it is too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

bool somebody_listens(const sockaddr_un& address) {
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

Result<UniqueFd> listen_on_path(const std::string& path) {
  const auto address = address_of(path);
  if (!address) return address.error();
  if (somebody_listens(*address))
    return failure("listen on " + path + ": another process is already listening");
  struct stat status {};
  const bool stale = ::stat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
  if (stale) ::unlink(path.c_str());
  UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!listener) return os_failure("make a socket");
  const mode_t before = ::umask(0117);  // 0660: anyone who can write to the socket can send jobs
  const int bound =
      ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address);
  const int error = errno;
  ::umask(before);
  if (bound != 0) return Failure("make the socket " + path, error);
  if (::listen(listener.get(), kBacklog) != 0) return os_failure("listen on " + path);
  return listener;
}

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Result<Addresses> resolve(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0)
    return failure("use the socket " + address + ": it is neither a path nor ADDRESS:PORT");
  // getaddrinfo(3) takes any number, modulo 65536.
  const std::string port = address.substr(colon + 1);
  const bool digits = !port.empty() && port.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || port.size() > 5 || std::stoi(port) < 1 || std::stoi(port) > 65535) {
    return failure("use the socket " + address + ": its port must be 1 to 65535");
  }
  std::string host = address.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (error != 0) return failure("use the socket " + address + ": " + ::gai_strerror(error));
  return Addresses(found, &::freeaddrinfo);
}

template <typename Value>
void set(const UniqueFd& socket, int level, int name, const Value& value) {
  (void)::setsockopt(socket.get(), level, name, &value, sizeof value);
}

Result<UniqueFd> listen_on_tcp(const std::string& text) {
  const auto addresses = resolve(text);
  if (!addresses) return addresses.error();
  const addrinfo& address = **addresses;
  UniqueFd listener(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!listener) return os_failure("make a socket");
  set(listener, SOL_SOCKET, SO_REUSEADDR, 1);  // a restart does not wait for old connections
  // Accepted connections inherit these.
  const timeval patience{kTcpPatienceSeconds, 0};
  set(listener, SOL_SOCKET, SO_RCVTIMEO, patience);
  set(listener, SOL_SOCKET, SO_SNDTIMEO, patience);
  set(listener, IPPROTO_TCP, TCP_NODELAY, 1);
  if (::bind(listener.get(), address.ai_addr, address.ai_addrlen) != 0 ||
      ::listen(listener.get(), kBacklog) != 0) {
    return os_failure("listen on " + text);
  }
  return listener;
}

}  // namespace

bool is_tcp_address(const std::string& address) {
  return address.find('/') == std::string::npos;
}

Result<void> check_address(const std::string& address) {
  if (is_tcp_address(address)) {
    const auto found = resolve(address);
    return found ? Result<void>() : found.error();
  }
  if (address.front() != '/')
    return failure("use the socket " + address + ": it is no absolute path");
  const auto path = address_of(address);
  return path ? Result<void>() : path.error();
}

Result<UniqueFd> listen_on(const std::string& address) {
  return is_tcp_address(address) ? listen_on_tcp(address) : listen_on_path(address);
}

std::string address_of_listener(int listener) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  const auto* const any = reinterpret_cast<const sockaddr*>(&address);
  if (::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  if (address.ss_family == AF_UNIX) {
    return reinterpret_cast<const sockaddr_un*>(&address)->sun_path;
  }
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getnameinfo(any, size, host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return {};
  }
  const std::string name = host.data();
  const bool is_ipv6 = address.ss_family == AF_INET6;
  return (is_ipv6 ? "[" + name + "]" : name) + ":" + port.data();
}

void forget_address(const std::string& address) {
  if (!is_tcp_address(address)) ::unlink(address.c_str());
}

}  // namespace executor
