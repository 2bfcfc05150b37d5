#include "resources/memory_watch.h"

#include <unistd.h>

#include <atomic>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/observed_start.h"
#include "base/process_memory.h"

namespace executor {
namespace {

// After this time a sum is counted again even if it cannot have been exceeded since: huge pages
// grow without many faults.
constexpr auto kSettledFor = std::chrono::milliseconds(500);

}  // namespace

// Shared with the thread that counts, which may outlive the watch: it can be held up by the run's
// locks until the run is killed.
struct MemoryWatch::Count {
  std::vector<int> tree;  // as process_tree() gives it
  MemoryBound bound;      // what they hold at most
  std::uint64_t limit = 0;
  ObservedStart begun;
  std::atomic<int> thread{0};
  MemorySum sum;       // this and the next belong to the thread until `done`
  bool still = false;  // the run's processes were the same all the time
  std::atomic<bool> done{false};

  void go() {
    thread = ::gettid();
    sum = sum_memory(bound, limit);
    still = process_tree(tree.front()) == tree;
    done = true;
  }
};

MemoryWatch::~MemoryWatch() = default;

void MemoryWatch::begin(std::vector<int> tree, MemoryBound bound, std::uint64_t limit) {
  count_ = std::make_shared<Count>();
  count_->tree = std::move(tree);
  count_->bound = std::move(bound);
  count_->limit = limit;
  try {
    std::thread([count = count_] { count->go(); }).detach();
  } catch (const std::system_error&) {
    count_.reset();  // no thread can be started now: the next look tries again
  }
}

bool MemoryWatch::end(std::uint64_t limit) {
  const auto count = std::exchange(count_, nullptr);
  const auto now = Clock::now();
  const auto verdict = judge_.judge(count->sum, count->bound.of.size(), count->still, limit, now);
  const bool within = verdict == MemoryVerdict::kWithin;
  settled_ = within ? std::optional(std::move(count->sum)) : std::nullopt;
  if (within) next_count_ = now + kSettledFor;
  return verdict == MemoryVerdict::kOver;
}

bool MemoryWatch::look(std::vector<int> tree, std::uint64_t limit) {
  MemoryBound bound = bound_memory(tree);
  if (bound.bytes <= limit) {
    judge_.forget();
    return false;
  }
  const Growth growth = settled_ ? growth_since(*settled_, bound) : Growth{0, bound.bytes};
  if (growth.at_least > limit) return true;
  if (!count_) {
    const bool may_be_over = growth.at_most > limit || Clock::now() >= next_count_;
    if (may_be_over) begin(std::move(tree), std::move(bound), limit);
    return false;
  }
  const auto begun = count_->begun.at_look();
  if (count_->done) return end(limit);
  const int thread = count_->thread;
  // It has not had a processor yet.
  if (thread == 0 || !counts_too_long(begun, "/proc/self/task/" + std::to_string(thread))) {
    return false;
  }
  // A thread that has ended meanwhile looks like one that is held up.
  return count_->done ? end(limit) : true;
}

}  // namespace executor
