// One worker: a clone of the zygote that confines itself, waits for one job, runs it and dies.
#pragma once

#include "runner/channels.h"
#include "runner/confinement.h"
#include "runner/interpreter.h"

namespace executor {

// Runs in the clone that confinement.clone() has made. A step of its confinement that fails is
// announced on the job socket and ends it: no job is ever read by a worker that is not sealed.
[[noreturn]] void run_worker(const Prepared& prepared, const Confinement& confinement,
                             Interpreter& interpreter, WorkerChannels channels);

}  // namespace executor
