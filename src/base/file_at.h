// Small files of the kernel's own file systems (/proc, cgroupfs), reached through the descriptor of
// a directory: the caller may have no path to them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace executor {

// The first 64 KiB of `path` below `directory`, a descriptor (O_PATH will do) or AT_FDCWD. A
// failure names the step and the path.
Result<std::string> read_at(int directory, const char* path);

// Writes `text` to `path` below `directory`, in one write(2), as these files want it. Makes no
// file. Allocates only on failure, so that a clone may call it.
Result<void> write_at(int directory, const char* path, std::string_view text);

}  // namespace executor
