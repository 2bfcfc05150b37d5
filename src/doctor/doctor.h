// --doctor: what this machine has of what the service needs, for whoever asks why it does not start
// or how well it is confined. Works where the service cannot, and leaves a running one alone.
#pragma once

#include "config/config.h"

namespace executor {

// Prints every fact to stdout as it is found. Returns the exit status: 0 when the configured tier
// can be served, else 1. Call in a process without threads.
int run_doctor(const Config& config);

}  // namespace executor
