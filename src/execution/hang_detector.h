// Whether a zygote that owes an answer is stopped or hangs. On a busy machine it may merely be
// late, and killing it would kill all its runs. Counts polls at regular intervals, not time, so
// that a suspended machine is not mistaken for a hung zygote.
#pragma once

#include <optional>

#include "base/process_stat.h"

namespace executor {

class HangDetector {
 public:
  // More than `most_idle` looks in a row at a zygote that does nothing are too many, and more than
  // `most` at one that is busy.
  HangDetector(int most_idle, int most) : most_idle_(most_idle), most_(most) {}

  // Call when the zygote has answered or owes no answer.
  void reset() { idle_polls_ = polls_ = 0; }
  // `now` is the zygote's activity; empty where that is not known, which counts as idle. Returns
  // whether it has been silent for too long.
  bool poll(const std::optional<Activity>& now) {
    const bool busy = now && (now->runnable || now->cpu_ticks != cpu_ticks_);
    cpu_ticks_ = now ? now->cpu_ticks : 0;
    ++polls_;
    idle_polls_ = busy ? 0 : idle_polls_ + 1;
    return idle_polls_ > most_idle_ || polls_ > most_;
  }

 private:
  int most_idle_;
  int most_;
  int idle_polls_ = 0;
  int polls_ = 0;
  std::uint64_t cpu_ticks_ = 0;
};

}  // namespace executor
