// The profile of the outer jail: whether one is as strict as the built-in one
// (firejail/python-executor.profile).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace executor {

// Every line of the built-in profile must be in it, and other lines only if they hide or limit more
// (blacklist, read-only, noexec, rlimit-). The failure names the line. Pure.
Result<void> check_profile(std::string_view text);

// The same of a file, which is to be read anew before each start of firejail.
Result<void> check_profile_file(const std::string& path);

}  // namespace executor
