#include "config/body_memory.h"

#include <algorithm>
#include <string>

#include "contract/request.h"

namespace executor {
namespace {

constexpr std::uint64_t kMegabyte = 1 << 20;

// A body has half of it, an answer three quarters.
std::uint64_t least(const BodyMemory& memory) {
  const std::uint64_t answer = 4 * (2 * memory.output + memory.result);
  return std::max(2 * parsing_memory(memory.body), answer / 3 * 4);
}

}  // namespace

std::uint64_t bytes_of(const BodyMemory& memory) {
  constexpr std::uint64_t kUsual = 256 * kMegabyte;
  return memory.set != 0 ? memory.set : std::max(kUsual, least(memory));
}

Result<void> check_body_memory(const BodyMemory& memory) {
  if (bytes_of(memory) >= least(memory)) return {};
  return failure("body-memory-mb must be at least " +
                 std::to_string((least(memory) + kMegabyte - 1) / kMegabyte) +
                 ", which one request of max-body-kb, max-output-kb and max-result-kb needs");
}

}  // namespace executor
