// The numbers of user and group ids.
#pragma once

#include <cstdint>

namespace executor {

// On the host, ids below belong to the system's own users (Debian policy 9.2.2).
inline constexpr std::uint32_t kLowestUserId = 1000;

// In a user namespace: the id that scripts and the zygote see as their own.
inline constexpr std::uint32_t kSandboxId = 1000;

// Only in the zygote's namespace: the first of the ids that are given to runs, one for each.
inline constexpr std::uint32_t kFirstRunId = 2000;

}  // namespace executor
