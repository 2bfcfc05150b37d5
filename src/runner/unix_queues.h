// What waits in unix sockets of runs that share a network namespace: connections that were not
// accepted, and datagrams that were not read. It is the kernel's memory, stays when its sender is
// closed, and is bounded neither by processes nor by descriptors. /proc does not say whose a socket
// is; sock_diag(7) does.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>

#include "base/fd.h"

namespace executor {

class UnixQueues {
 public:
  // To be made before the zygote's filter of system calls, which allows no such socket. A kernel
  // that does not answer (before Linux 5.3, gVisor) shows nothing.
  UnixQueues();

  // Upper bound on the bytes that wait for each user's sockets, if all unix sockets together could
  // hold more than `limit`; else nothing, at the cost of one small file.
  [[nodiscard]] std::map<uid_t, std::uint64_t> look(std::uint64_t limit) const;

 private:
  UniqueFd diagnosis_;
};

}  // namespace executor
