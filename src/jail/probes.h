// System calls that a sealed worker must not be able to make, one for each way in which the table
// of its filter (wire/seccomp_table.h) could be too permissive: the canary makes them, with
// arguments with which the kernel would do nothing.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "wire/tier.h"

namespace executor {

struct Probe {
  int call = 0;
  int error = 0;  // the errno of the answer; 0: it succeeds
  std::array<std::uint64_t, 6> arguments{};
};

// Every call that no rule names, and for each call that rules allow with certain arguments only, a
// few for each test of an argument that satisfy no rule. Without the calls that the kernel does not
// pass to filters.
std::vector<Probe> seccomp_probes(Tier tier);

// As the canary reads them, a line each: the call, the error, and the place and value of every
// argument that is not -1.
std::string to_text(const std::vector<Probe>& probes);

}  // namespace executor
