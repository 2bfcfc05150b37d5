#include "base/memory_count.h"

#include "base/process_stat.h"

namespace executor {
namespace {

// Sixty processes that share 420 MB take half a second of work.
constexpr auto kMaxWork = std::chrono::seconds(2);
constexpr auto kMaxHeldUp = std::chrono::seconds(1);
constexpr auto kMaxVanishing = std::chrono::seconds(1);

}  // namespace

bool counts_too_long(Clock::time_point begun, const std::string& task) {
  const auto passed = Clock::now() - begun;
  if (passed < kMaxHeldUp) return false;
  const Scheduled time = scheduled(task);
  return time.ran > kMaxWork || passed - time.ran - time.waited > kMaxHeldUp;
}

MemoryVerdict MemoryJudge::judge(const MemorySum& sum, std::size_t counted, bool still,
                                 std::uint64_t limit, Clock::time_point now) {
  if (sum.bytes > limit) {
    if (still || suspected_) return MemoryVerdict::kOver;
    suspected_ = true;
    return MemoryVerdict::kUnknown;
  }
  suspected_ = false;
  if (2 * sum.vanished <= counted) {
    vanishing_since_.reset();
    return still ? MemoryVerdict::kWithin : MemoryVerdict::kUnknown;
  }
  if (!vanishing_since_) vanishing_since_ = now;
  return now - *vanishing_since_ > kMaxVanishing ? MemoryVerdict::kOver : MemoryVerdict::kUnknown;
}

void MemoryJudge::forget() {
  *this = MemoryJudge();
}

}  // namespace executor
