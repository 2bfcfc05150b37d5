// A program as a plain interpreter runs it on this machine: what the sandbox is compared with.
#pragma once

#include <string>

namespace executor::test {

// What `python3 script.py </dev/null | cat` prints, in the environment of a run. Throws
// std::runtime_error when it cannot be started.
std::string printed_outside(const std::string& program);

}  // namespace executor::test
