// Whether each run can have a cgroup.
#pragma once

#include <string>

#include "doctor/finding.h"
#include "resources/delegated_cgroup.h"

namespace executor {

struct CgroupFacts {
  bool unified = false;       // /sys/fs/cgroup is cgroup v2
  bool wanted = true;         // by the configuration
  bool required = false;      // by the configuration
  std::string path{};         // of our own cgroup, below /sys/fs/cgroup
  std::string refusal{};      // why the service would make no cgroups in it; empty: it would
  std::string controllers{};  // those it has, separated by blanks
};

// As the service in that mode would find it.
CgroupFacts survey_cgroup(CgroupMode mode);
Section judge_cgroup(const CgroupFacts& facts);

}  // namespace executor
