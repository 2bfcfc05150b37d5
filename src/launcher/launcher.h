// The launcher's life: see main.cc.
#pragma once

#include "base/result.h"
#include "launcher/options.h"

namespace executor {

// Returns the responder's exit status (128 + the signal where one ended it) once everything that it
// started is gone. A failure means that it could not start.
Result<int> run_launcher(const LauncherOptions& options);

}  // namespace executor
