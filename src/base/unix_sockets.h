// The unix sockets of a network namespace, as memory.
#pragma once

#include <cstdint>
#include <string>

namespace executor {

// What a socket may have sent that was not read yet (net.core.wmem_default, which a network
// namespace cannot change, as workers cannot set SO_SNDBUF).
constexpr std::uint64_t kUnixBuffer = 212'992;

// How many sockets exist, with or without a descriptor, by a file like /proc/net/protocols.
std::uint64_t count_unix_sockets(const std::string& protocols);

}  // namespace executor
