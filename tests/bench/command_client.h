// A "client" that starts an interpreter of its own for each run.
#pragma once

#include <string>
#include <vector>

#include "client.h"

namespace executor::bench {

// Runs `command` (searched in PATH) with two more arguments: -c and a program that defines main(),
// calls it and prints {"result": ...}. The answer is all that it prints, and complete at the end of
// file: when the last process that holds its stdout has ended.
ClientPtr make_command_client(std::vector<std::string> command, const Script& script);

}  // namespace executor::bench
