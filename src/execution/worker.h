// The responder's side of one worker: the channels to it, and the right to kill it.
#pragma once

#include <cstdint>

#include "base/fd.h"
#include "execution/cgroup.h"

namespace executor {

struct Worker {
  std::uint64_t id = 0;
  UniqueFd job;         // SOCK_SEQPACKET, wire/job.h
  UniqueFd out;         // read end of its stdout
  UniqueFd err;         // read end of its stderr
  UniqueFd pidfd;       // readable when the worker and all of its children are gone
  bool sealed = false;  // it has announced itself: what it says from now on may be a script's
  Cgroup cgroup{};      // none where none is delegated to the service
};

// Kills the worker and, with its cgroup and PID namespace, everything that it started. Harmless
// when it is gone already.
void kill_worker(const Worker& worker);

// The worker's process id in our own PID namespace, -1 when it is gone. For reading /proc.
int host_pid(const Worker& worker);

}  // namespace executor
