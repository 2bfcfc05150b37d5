// The numbers of user and group ids inside the user namespaces of a zygote and its workers.
#pragma once

#include <cstdint>

namespace executor {

// The id that scripts and the zygote see as their own.
inline constexpr std::uint32_t kSandboxId = 1000;

// Only in the zygote's namespace: the first of the ids that are given to runs, one for each.
inline constexpr std::uint32_t kFirstRunId = 2000;

}  // namespace executor
