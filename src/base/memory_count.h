// Judges the memory counts of a run, and whether a count is still worth waiting for. Pure except
// for the clock: the caller does the counting, in a thread or a process, because a sum may take
// seconds (base/process_memory.h).
#pragma once

#include <optional>
#include <string>

#include "base/deadline.h"
#include "base/process_memory.h"

namespace executor {

// Whether a count that has begun takes too long: the counting task, a directory of /proc, has used
// too much CPU time itself, or was held up by the locks of the processes that it counts. Time for
// which it had no CPU is not their fault and is not counted.
bool counts_too_long(Clock::time_point begun, const std::string& task);

enum class MemoryVerdict : std::uint8_t { kWithin, kOver, kUnknown };

// The rule by which sums become a verdict. A sum over the limit is evidence if no process started
// or ended meanwhile. If one did, a page may have been counted twice, and it takes two such sums in
// a row. When most processes repeatedly vanish before they can be read, no sum can be taken, and
// the upper bound, which is over the limit, decides.
class MemoryJudge {
 public:
  // `counted` of `bound`'s processes; `still` is whether they were the same before and after.
  MemoryVerdict judge(const MemorySum& sum, std::size_t counted, bool still, std::uint64_t limit,
                      Clock::time_point now);
  // The upper bound is within the limit: clears any suspicion.
  void forget();

 private:
  bool suspected_ = false;
  std::optional<Clock::time_point> vanishing_since_;
};

}  // namespace executor
