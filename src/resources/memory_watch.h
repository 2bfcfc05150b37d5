// How much memory a run holds as a whole. Limits per process do not add up to one for the run:
// eight children may each have what one may.
//
// Each look sums a cheap upper bound. Only when that is over the limit is the exact sum counted, in
// a thread of its own, because it walks every page under locks that the run contends for. What the
// run adds to a known sum is seen at the next look.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/memory_count.h"

namespace executor {

class MemoryWatch {
 public:
  MemoryWatch() = default;
  MemoryWatch(const MemoryWatch&) = delete;
  MemoryWatch& operator=(const MemoryWatch&) = delete;
  ~MemoryWatch();

  // Whether the processes of a run, as process_tree() gives them, hold more than `limit` bytes in
  // anonymous and shared memory. A page that several of them share counts once, as does a page
  // shared with the zygote's other clones divided by their number. Never blocks on the count; call
  // it again.
  bool look(std::vector<int> tree, std::uint64_t limit);

 private:
  struct Count;

  void begin(std::vector<int> tree, MemoryBound bound, std::uint64_t limit);
  bool end(std::uint64_t limit);

  MemoryJudge judge_;
  std::shared_ptr<Count> count_;      // under way
  std::optional<MemorySum> settled_;  // the last that is known to be true
  Clock::time_point next_count_{};
};

}  // namespace executor
