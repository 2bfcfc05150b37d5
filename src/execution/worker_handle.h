// The responder's side of one worker: the channels to it, and the right to kill it.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "base/deadline.h"
#include "base/fd.h"
#include "resources/cgroup.h"
#include "wire/job.h"

namespace executor {

struct Worker {
  std::uint64_t id = 0;
  UniqueFd job;         // SOCK_SEQPACKET, wire/job.h
  UniqueFd out;         // read end of its stdout
  UniqueFd err;         // read end of its stderr
  UniqueFd pidfd;       // of its first process
  UniqueFd lifeline;    // in the tier uid only (wire/lifeline.h)
  bool sealed = false;  // it has announced itself: from now on a script may be speaking for it
  std::chrono::microseconds warm_cpu{};  // what it had used by then
  Cgroup cgroup{};                       // none where none is delegated to the service
};

// A worker that a zygote has announced: its id within the pool, and the descriptors of
// WorkerStarted (wire/control.h), which it owns from now on. Reading from it never blocks.
Worker take_worker(std::uint64_t id, std::vector<UniqueFd> fds);

// Whether its zygote watches it, because this service may look at none of its processes and files.
bool is_watched_by_zygote(const Worker& worker);

// What a job's claim must begin with.
Nonce make_nonce();

// Kills the worker and everything that it started: with its cgroup and PID namespace, or by its
// lifeline. Harmless when it is gone already.
void kill_worker(const Worker& worker);

// Reports to the watcher of the worker's usage that it has a job with these limits from now on.
void announce_job(const Worker& worker, const LowerLimits& limits);

// The descriptor that is readable when read_event() has something to report.
int event_fd(const Worker& worker);

// What the kernel or, in the tier uid, the zygote reports about the worker.
enum class WorkerEvent : std::uint8_t { kNone, kTooMuchMemory, kTooManyFiles, kGone };
// Call when event_fd() is readable. kGone: neither it nor anything that it started is left.
WorkerEvent read_event(const Worker& worker);
// Waits until nothing is left, at most until the deadline.
void await_gone(const Worker& worker, Deadline deadline);

// The worker's process id in our own PID namespace, -1 when it is gone. For reading /proc.
int host_pid(const Worker& worker);

}  // namespace executor
