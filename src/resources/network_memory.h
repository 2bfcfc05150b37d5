// Data queued in a run's sockets is kernel memory: the processes do not hold it, and it stays when
// the descriptors are closed, in connections that were never accepted and in sockets that still
// have something to deliver. A cgroup does not count what TCP has queued.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace executor {

// Lower bound on the bytes queued in the network namespace of the process `pid`, without the unix
// sockets that a process holds, whose queues /proc does not show. Stops counting over `limit`. 0
// when the process is gone. Costs one small file read where there are no sockets.
std::uint64_t network_memory(int pid, std::uint64_t limit);

// The bytes that a line of /proc/net/{tcp,tcp6,udp,udp6} stands for.
std::uint64_t queued_in_internet_socket(std::string_view line);
// Whether a line of /proc/net/unix is a connection that waits to be accepted.
bool is_unaccepted_unix_socket(std::string_view line);

}  // namespace executor
