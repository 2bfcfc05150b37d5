// Small files of /proc, reached through an O_PATH descriptor: the runner's own root has no /proc.
#pragma once

#include <cstdint>

#include <string>
#include <string_view>

#include "base/result.h"

namespace executor {

// Writes `text` to `path` below the directory `proc` in one write(2). Allocates only on failure.
Result<void> write_proc(int proc, const char* path, std::string_view text);

// The first 64 KiB of `path` below the directory `proc`.
Result<std::string> read_proc(int proc, const char* path);

// The number behind `key` in a file of "key:  number unit" lines, such as VmSize in self/status.
Result<std::uint64_t> read_proc_number(int proc, const char* path, std::string_view key);

}  // namespace executor
