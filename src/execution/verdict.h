// From what was seen and what was claimed to how a run ended. Pure functions.
//
// Precedence, first to last: what the service did (deadline, limits, the client went away), then
// that the kernel killed for want of memory, then the worker's claim, then how its process ended.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/outcome.h"
#include "wire/claim.h"

namespace executor {

// How a worker's process ended, as wait4(2) tells it.
struct Exit {
  int wait_status = 0;
  std::chrono::microseconds cpu{0};  // its own and its children's
};

struct RunLimits {
  std::uint64_t output = 1ULL << 20;    // bytes of stdout, and of stderr
  std::uint64_t result = 8ULL << 20;    // bytes of the result as JSON
  std::uint64_t memory = 512ULL << 20;  // bytes, of the run as a whole
  std::chrono::seconds cpu{60};         // of one process
};

// The outcome of a run whose worker made a claim. The claim's text is untrusted: what is not UTF-8
// or not JSON does not get through. Leaves `out` empty; `err` is what the claim adds to stderr.
Outcome judge_claim(Dialect dialect, Claim claim, const RunLimits& limits);

// The lines of a claim's `images` that are PNGs in base64; what else it says is left out.
std::vector<std::string> judge_images(std::string_view images);

// The outcome of a run one of whose processes the kernel has killed for want of memory.
Outcome judge_out_of_memory(const RunLimits& limits);

// The outcome of a run whose worker ended without a claim; `exit` is empty when nobody knows how.
// `out_of_memory` is whether there is evidence that the kernel has killed for want of memory.
Outcome judge_exit(Dialect dialect, std::optional<Exit> exit, const RunLimits& limits,
                   bool out_of_memory = false);

}  // namespace executor
