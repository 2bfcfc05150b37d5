// What the kernel reports about the memory of a run's cgroup.
#pragma once

#include <cstdint>
#include <optional>

namespace executor {

struct CgroupMemory {
  bool at_limit = false;  // memory was refused because the cgroup itself was at its limit
  bool killed = false;    // one of its processes was OOM-killed, at its own limit or not
  std::optional<std::uint64_t> peak{};  // bytes; unknown before Linux 5.19
};

}  // namespace executor
