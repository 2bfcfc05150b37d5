// The zygote: prepares everything that workers have in common, once, then clones them on demand.
#pragma once

#include "base/fd.h"

namespace executor {

// Serves the control socket (wire/control.h) until the other side closes it. Returns the exit
// status of the process: 0 after an orderly end, 1 when it could not start.
int run_zygote(UniqueFd control);

}  // namespace executor
