// The zygote: prepares everything that workers have in common, once, then clones them on demand.
#pragma once

#include <optional>

#include "base/fd.h"
#include "runner/uid_slots.h"

namespace executor {

// Serves the control socket (wire/control.h) until the other side closes it. Returns the exit
// status of the process: 0 after an orderly end, 1 when it could not start.
// `slice` is there in the tier uid, and only there.
int run_zygote(UniqueFd control, std::optional<UidSlice> slice);

}  // namespace executor
