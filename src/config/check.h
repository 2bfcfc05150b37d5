// What --check-config checks on this machine: whether what the settings name exists.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace executor {

// One sentence for each setting with which the service would not start, or that could never have an
// effect; each begins with where the setting comes from and its name. Reads the file system, and
// runs `setup.python` once, which finds the modules without importing them.
std::vector<std::string> problems_of(const Command& command);

}  // namespace executor
