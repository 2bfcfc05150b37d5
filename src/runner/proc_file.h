// Numbers in those files of /proc that hold many, one a line.
#pragma once

#include <cstdint>

#include <string_view>

#include "base/result.h"

namespace executor {

// The number after `key` in a file of "key:  number unit" lines, such as VmSize in self/status.
Result<std::uint64_t> read_proc_number(int proc, const char* path, std::string_view key);

}  // namespace executor
