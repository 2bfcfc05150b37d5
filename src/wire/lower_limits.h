// The limits that one request asks for in place of the configured ones. They only ever lower them:
// each side that enforces one takes the smaller.
#pragma once

#include <algorithm>
#include <cstdint>

#include "wire/limits.h"

namespace executor {

// Sizes in bytes, times in seconds of CPU. 0: as configured.
struct LowerLimits {
  std::uint64_t memory = 0;
  std::uint64_t cpu_seconds = 0;
  std::uint64_t output = 0;
  std::uint64_t result = 0;
  std::uint64_t processes = 0;
  std::uint64_t scratch = 0;
  std::uint64_t file_size = 0;
  std::uint64_t open_files = 0;

  bool operator==(const LowerLimits&) const = default;
  [[nodiscard]] bool any() const { return *this != LowerLimits(); }
};

// Calls `field(member)` for each limit.
template <typename Limits, typename Visitor>
void visit_limits(Limits& limits, Visitor&& field) {
  field(limits.memory);
  field(limits.cpu_seconds);
  field(limits.output);
  field(limits.result);
  field(limits.processes);
  field(limits.scratch);
  field(limits.file_size);
  field(limits.open_files);
}

template <typename Number>
void lower(Number& limit, std::uint64_t asked) {
  if (asked != 0) limit = static_cast<Number>(std::min<std::uint64_t>(limit, asked));
}

// The limits of a run that asks for `asked`.
inline SandboxLimits lowered(SandboxLimits limits, const LowerLimits& asked) {
  lower(limits.memory, asked.memory);
  lower(limits.cpu_seconds, asked.cpu_seconds);
  lower(limits.result, asked.result);
  lower(limits.processes, asked.processes);
  lower(limits.scratch, asked.scratch);
  lower(limits.file_size, asked.file_size);
  lower(limits.open_files, asked.open_files);
  return limits;
}

}  // namespace executor
