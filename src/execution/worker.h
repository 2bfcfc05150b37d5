// The responder's side of one worker: the channels to it, and the right to kill it.
#pragma once

#include <cstdint>
#include <vector>

#include "base/deadline.h"
#include "base/fd.h"
#include "execution/cgroup.h"

namespace executor {

struct Worker {
  std::uint64_t id = 0;
  UniqueFd job;         // SOCK_SEQPACKET, wire/job.h
  UniqueFd out;         // read end of its stdout
  UniqueFd err;         // read end of its stderr
  UniqueFd pidfd;       // of its first process
  UniqueFd lifeline;    // in the tier uid only (wire/lifeline.h)
  bool sealed = false;  // it has announced itself: what it says from now on may be a script's
  Cgroup cgroup{};      // none where none is delegated to the service
};

// The worker that a zygote has told of: its id within the pool, and the descriptors of
// WorkerStarted (wire/control.h), which are its own from now on. Reading from it never waits.
Worker take_worker(std::uint64_t id, std::vector<UniqueFd> fds);

// Kills the worker and everything that it started: with its cgroup and PID namespace, or by its
// lifeline. Harmless when it is gone already.
void kill_worker(const Worker& worker);

// Tells whoever watches what the worker uses that it has a job from now on.
void announce_job(const Worker& worker);

// The descriptor that is readable when hear() has something to tell.
int end_of(const Worker& worker);

// What the kernel or, in the tier uid, the zygote says of the worker.
enum class News : std::uint8_t { kNone, kTooMuchMemory, kTooManyFiles, kGone };
// Call when end_of() is readable. kGone: nothing of it and of what it started is left.
News hear(const Worker& worker);
// Waits until nothing is left, at most until the deadline.
void await_gone(const Worker& worker, Deadline deadline);

// The worker's process id in our own PID namespace, -1 when it is gone. For reading /proc.
int host_pid(const Worker& worker);

}  // namespace executor
