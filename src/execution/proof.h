// Whether a zygote's workers are in a real sandbox: a canary goes the way of every job, and what it
// tells is judged together with what the kernel tells.
#pragma once

#include "base/result.h"
#include "execution/worker.h"
#include "jail/attestation.h"
#include "wire/control.h"

namespace executor {

struct CanaryFacts {
  Facts inside, outside;
};

// Runs the canary on `worker`, which is used up by it, and looks at it from outside. `setup`
// is its zygote's. Judges nothing.
Result<CanaryFacts> run_canary(const Worker& worker, const Setup& setup);

// Runs the canary on `worker`, which is used up by it. `setup` is its zygote's: the tier that is
// promised and the paths that scripts may see. A failure names every fact that is missing.
Result<void> prove_sandbox(const Worker& worker, const Setup& setup);

}  // namespace executor
