// Less scratch space for one run. A sealed worker can mount nothing, so the space that its run may
// not have is filled with files in a directory that no path leads to any more.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "wire/control.h"
#include "wire/job.h"

namespace executor {

// The descriptor of the root of the scratch space in a worker that waits for its job. Its mount
// is gone from the tree: what is bound to home, /tmp and /dev/shm lies below it.
inline constexpr int kScratchRoot = kJobSocket + 1;

// Fills the scratch space until `wanted.scratch` bytes of `configured.scratch` are left. The space
// must be empty, and the limits of the process those that are configured.
Result<void> fill_scratch(const SandboxLimits& configured, const SandboxLimits& wanted);

// Closes the root, which no script may find. Call before any of a job's code runs.
void close_scratch_root();

}  // namespace executor
