// What a zygote makes of its own process, for the workers that are cloned from it.
#pragma once

#include "base/result.h"

namespace executor {

// Replaces the environment by that of every script.
Result<void> set_environment();

// Fails when there are more: a thread that a preloaded module started would be missing in every
// clone, with its locks held. `proc` is an O_PATH descriptor of /proc, here and below.
Result<void> require_one_thread(int proc);

// Leaves memory out of them; workers and what they execute inherit that. Where the limit of core
// dumps could not be made what it should be (wire/limits.h), a handler that the kernel starts is
// given next to nothing.
Result<void> leave_out_of_core_dumps(int proc);

// Takes the number that is the job socket's in every worker: the filter guards it from the start,
// and nothing of the zygote's own may get it.
Result<void> reserve_job_socket();

}  // namespace executor
