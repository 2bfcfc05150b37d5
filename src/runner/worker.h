// One worker: a clone of the zygote that confines itself, waits for one job, runs it and dies.
#pragma once

#include "base/fd.h"
#include "runner/interpreter.h"
#include "runner/rlimits.h"
#include "runner/seccomp.h"
#include "runner/uid_slots.h"
#include "wire/control.h"

namespace executor {

// What the zygote has prepared for all of its workers. References outlive the worker.
struct Prepared {
  const Setup& setup;
  const SeccompProgram& seccomp;
  MemoryBaseline baseline;
  int proc = -1;    // O_PATH descriptor of /proc; closed in the worker before it is sealed
  int zygote = -1;  // pidfd of the zygote; closed then, too
  Interpreter& interpreter;
  const Landlock* landlock = nullptr;  // in the tier uid
};

// What belongs to one worker alone: its ends of its three channels, and its slot.
struct WorkerChannels {
  UniqueFd job;
  UniqueFd out;
  UniqueFd err;
  std::optional<UidSlot> slot;  // in the tier uid
  UniqueFd mapped;  // in the others, where each run has ids of its own (runner/run_ids.h)
};

// Installs the handlers of the signals that end a run, which say on the job socket which it was.
// Call once in the zygote, after Python's start: workers inherit them. A process that is no worker
// ends by the signal.
void install_ending_handlers();

// Runs in the clone, as PID 1 of its namespace. A step of its confinement that fails is announced
// on the job socket and ends it: no job is ever read by a worker that is not sealed.
[[noreturn]] void run_worker(const Prepared& prepared, WorkerChannels channels);

}  // namespace executor
