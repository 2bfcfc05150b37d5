// The cgroup (v2) that the machine has delegated to the service, to divide among its runs.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace executor {

enum class CgroupMode : std::uint8_t {
  kAuto,      // used where a subtree is visibly delegated to us
  kRequired,  // used where a subtree can be written to, else the service does not start
  kOff,
};

// The name of the cgroup below the delegated one into which the service moves itself.
inline constexpr const char* kServiceLeaf = "service";

struct DelegatedCgroup {
  std::string path;  // as /proc/self/cgroup names it
  UniqueFd directory;
};

// Changes nothing. A failure says why there is no such cgroup.
Result<DelegatedCgroup> find_delegated_cgroup(CgroupMode mode);

}  // namespace executor
