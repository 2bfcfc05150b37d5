// Whether a zygote that owes an answer is stopped or hangs. On a machine where many processes want
// the processor it may be late and be neither, and its end would be that of all its runs. Judged by
// looks at regular intervals and not by the clock: a machine that stood still makes nobody mute.
#pragma once

#include <optional>

#include "base/process_stat.h"

namespace executor {

class Silence {
 public:
  // `most_idle` looks in a row at a zygote that does nothing are enough, and `most` at one that is
  // busy with whatever it may be.
  Silence(int most_idle, int most) : most_idle_(most_idle), most_(most) {}

  // It has said something, or owes nothing.
  void broken() { idle_looks_ = looks_ = 0; }
  // What it is seen to do now; empty where that is not known, which counts as nothing. Whether it
  // has been silent for too long.
  bool look(const std::optional<Activity>& now) {
    const bool busy = now && (now->runnable || now->cpu_ticks != cpu_ticks_);
    cpu_ticks_ = now ? now->cpu_ticks : 0;
    ++looks_;
    idle_looks_ = busy ? 0 : idle_looks_ + 1;
    return idle_looks_ > most_idle_ || looks_ > most_;
  }

 private:
  int most_idle_;
  int most_;
  int idle_looks_ = 0;
  int looks_ = 0;
  std::uint64_t cpu_ticks_ = 0;
};

}  // namespace executor
