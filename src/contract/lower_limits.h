// The field `limits` of a request: what it lowers for its own run.
#pragma once

#include <array>
#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "contract/request_body.h"
#include "wire/lower_limits.h"

namespace executor {

// One limit as requests and GET /runtime name it.
struct LimitName {
  std::string_view name;
  std::uint64_t LowerLimits::*limit;
  std::uint64_t unit;   // in bytes, or 1
  std::uint64_t least;  // in units: with less no run can answer, or be judged
};

inline constexpr std::uint64_t kKibi = 1 << 10;
inline constexpr std::uint64_t kMebi = 1 << 20;

inline constexpr std::array<LimitName, 8> kLimitNames = {{
    {"memory_mb", &LowerLimits::memory, kMebi,
     64},  // the interpreter's pages may count as the run's
    {"cpu_seconds", &LowerLimits::cpu_seconds, 1, 1},
    {"output_kb", &LowerLimits::output, kKibi, 1},
    {"result_kb", &LowerLimits::result, kKibi, 1},
    {"processes", &LowerLimits::processes, 1, 1},
    {"scratch_mb", &LowerLimits::scratch, kMebi, 1},
    {"file_size_mb", &LowerLimits::file_size, kMebi, 1},
    {"open_files", &LowerLimits::open_files, 1, 16},  // the harness opens some
}};

// What is asked for; nothing of it when the field is absent. `most` is what is configured. A
// failure is the text of the refusal.
boost::system::result<LowerLimits, std::string> read_lower_limits(const FieldValue& value,
                                                                  const LowerLimits& most);

}  // namespace executor
