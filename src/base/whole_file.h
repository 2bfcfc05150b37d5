// Ordinary files that are read at once.
#pragma once

#include <string>

#include "base/result.h"

namespace executor {

// All of the file's bytes. A failure names the path: a directory is one.
Result<std::string> read_whole_file(const std::string& path);

}  // namespace executor
