// --doctor: checks this machine against the service's requirements, to explain why the service does
// not start or how well it confines. Works where it cannot, and does not disturb a running one.
#pragma once

#include "config/config.h"

namespace executor {

// Prints every fact to stdout as it is found. Returns the exit status: 0 when the configured tier
// can be served, else 1. Call in a process without threads.
int run_doctor(const Config& config);

}  // namespace executor
