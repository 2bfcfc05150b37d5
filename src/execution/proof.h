// Whether a zygote's workers are in a real sandbox: a canary goes the way of every job, and what it
// tells is judged together with what the kernel tells.
#pragma once

#include "base/result.h"
#include "execution/worker.h"
#include "wire/control.h"

namespace executor {

// Runs the canary on `worker`, which is used up by it. `setup` is its zygote's: the tier that is
// promised and the paths that scripts may see. A failure names every fact that is missing.
Result<void> prove_sandbox(const Worker& worker, const Setup& setup);

}  // namespace executor
