// Whether a zygote's workers are in a real sandbox: a canary runs as an ordinary job, and its
// report is judged together with what the kernel reports.
#pragma once

#include "base/result.h"
#include "execution/worker_handle.h"
#include "jail/attestation.h"
#include "wire/control.h"

namespace executor {

struct CanaryFacts {
  Facts inside, outside;
};

// Runs the canary on `worker`, which is used up by it, and observes it from outside. `setup`
// is its zygote's. Judges nothing.
Result<CanaryFacts> run_canary(const Worker& worker, const Setup& setup);

// Runs the canary on `worker`, which is used up by it. `setup` is its zygote's: the tier that is
// promised and the paths that scripts may see. A failure names every fact that is missing.
Result<void> attest_sandbox(const Worker& worker, const Setup& setup);
// The same, and that Landlock confines it.
Result<void> attest_sandbox_with_landlock(const Worker& worker, const Setup& setup);

}  // namespace executor
