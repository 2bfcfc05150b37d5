// Ordinary files that are read at once.
#pragma once

#include <string>

#include "base/result.h"

namespace executor {

// All of the file's bytes. A failure, as for a directory, says "read", what kind of file it is, and
// its path.
Result<std::string> read_whole_file(const std::string& path, const std::string& kind = "");

}  // namespace executor
