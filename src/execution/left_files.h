// The files of a run that has ended before its worker could read them: by its timeout, a limit, a
// signal. Their directory outlives the run's mount namespace while it is held, and its untrusted
// contents are read by a fresh worker, which runs nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/fd.h"
#include "execution/worker_handle.h"
#include "wire/claim.h"
#include "wire/job.h"

namespace executor {

// The working directory of a worker that is sealed and has no job yet. Empty where that cannot be
// kept: in the tier uid it is removed with the run.
UniqueFd hold_directory(const Worker& worker);

// The files in `directory` that `job` asks for, read by `reader`, which is used up by that. Of
// other users' files only the world-readable ones. Nothing when it takes too long. `max_result` is
// as in RunLimits.
std::optional<std::vector<Attachment>> read_left_files(const Job& job, int directory,
                                                       const Worker& reader,
                                                       std::uint64_t max_result);

// The attachment that says that they cannot be read.
Attachment files_not_read();

}  // namespace executor
