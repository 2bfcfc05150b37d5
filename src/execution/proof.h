// Whether a zygote's workers are in a real sandbox: a canary goes the way of every job, and what it
// tells is judged together with what the kernel tells.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "execution/worker.h"

namespace executor {

// Runs the canary on `worker`, which is used up by it. `exposed` are the paths that the
// configuration lets scripts see. A failure names every fact that is missing.
Result<void> prove_sandbox(const Worker& worker, const std::vector<std::string>& exposed);

}  // namespace executor
