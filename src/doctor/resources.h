// Whether memory and disk suffice for as many runs as are configured.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "doctor/finding.h"

namespace executor {

struct ResourceFacts {
  std::uint64_t memory = 0;           // bytes, of the machine or of our cgroup
  std::uint64_t available = 0;        // bytes
  std::optional<std::uint64_t> disk;  // bytes free where the socket is
};

// `directory`: where the socket is to be.
ResourceFacts survey_resources(const std::string& directory);
// `runs` at once with `memory` bytes each.
Section judge_resources(const ResourceFacts& facts, std::uint64_t runs, std::uint64_t memory);

}  // namespace executor
