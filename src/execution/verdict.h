// From what was seen and what was claimed to how a run ended. Pure functions.
//
// Precedence, first to last: what the service did (deadline, limits, the client went away), then
// that the kernel killed for want of memory, then the worker's claim, then how its process ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/outcome.h"
#include "wire/claim.h"

namespace executor {

struct RunLimits {
  std::uint64_t output = 1ULL << 20;    // bytes of stdout, and of stderr
  std::uint64_t result = 8ULL << 20;    // bytes of the result as JSON
  std::uint64_t memory = 512ULL << 20;  // bytes, of the run as a whole
};

// The outcome of a run whose worker made a claim. The claim's text is untrusted: what is not UTF-8
// or not JSON does not get through. Leaves `out` empty; `err` is what the claim adds to stderr.
Outcome judge_claim(Dialect dialect, Claim claim, const RunLimits& limits);

// The lines of a claim's `images` that are PNGs in base64; what else it says is left out.
std::vector<std::string> judge_images(std::string_view images);

// The outcome of a run one of whose processes the kernel has killed for want of memory.
Outcome judge_out_of_memory(const RunLimits& limits);

// The outcome of a run whose worker ended without a claim. `wait_status` is wait4(2)'s, empty when
// nobody knows; `out_of_memory` whether the kernel has killed for want of memory, empty likewise.
Outcome judge_exit(Dialect dialect, std::optional<int> wait_status, const RunLimits& limits,
                   std::optional<bool> out_of_memory = {});

}  // namespace executor
