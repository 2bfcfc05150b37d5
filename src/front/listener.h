// The socket on which requests arrive: a path, or a TCP address. Knows nothing of FastCGI.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace executor {

// Where the package's systemd and the container make a directory for the socket.
inline constexpr const char* kUsualSocket = "/run/python-executor/responder.sock";

// Whether a socket setting means TCP, "10.0.0.5:9000" or "[::1]:9000": it does when it contains no
// slash.
bool is_tcp_address(const std::string& address);

// Whether it could be listened on by what it looks like: an absolute path that is short enough, or
// an address and a port.
Result<void> check_address(const std::string& address);

// Listens. A path is made for its owner and group only; one that a dead process has left is
// replaced. TCP is for trusted networks: anyone who can connect can have scripts run and can claim
// to be any client. A name is resolved once, its first address is taken.
Result<UniqueFd> listen_on(const std::string& address);

// Where a socket listens, as `listen_on` names it; empty when the kernel does not say.
std::string address_of_listener(int listener);

// Removes the path, if it is one.
void forget_address(const std::string& address);

}  // namespace executor
