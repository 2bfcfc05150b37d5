// --doctor: checks this machine against the service's requirements, to explain why the service does
// not start or how well it confines. Works where it cannot, and does not disturb a running one.
//
// Theory of operation. Each topic has a file: survey_TOPIC() reads facts from the machine, changing
// nothing, and judge_TOPIC(), a pure function, makes findings of them. A fact that could not be
// found out is an empty optional. Then tiers.h tries each tier as the service would.
#pragma once

#include "config/config.h"

namespace executor {

// Prints to stdout whether the configured tiers can be served, then what is absent, each with its
// remedy, then, where config.verbose says so, every fact. Returns the exit status: 0 when one of
// the tiers can be served, else 1. Started by root, examines the case of the service's user. Call
// in a process without threads.
int run_doctor(const Config& config);

}  // namespace executor
