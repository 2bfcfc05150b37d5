// When something began, for an observer who looks at it repeatedly.
#pragma once

#include <algorithm>
#include <chrono>

#include "base/deadline.h"

namespace executor {

// Of a long pause between two looks only the beginning counts, because then this process or the
// machine was suspended, and what is observed is not to blame for that.
class ObservedStart {
 public:
  // The longest interval between looks that counts in full.
  static constexpr std::chrono::milliseconds kLongestBetween{400};

  explicit ObservedStart(Clock::time_point now = Clock::now()) : begun_(now), looked_(now) {}

  // Call at each look. Returns the moment from which to count.
  Clock::time_point at_look(Clock::time_point now = Clock::now()) {
    begun_ += std::max<Clock::duration>(now - looked_ - kLongestBetween, Clock::duration::zero());
    looked_ = now;
    return begun_;
  }

 private:
  Clock::time_point begun_;
  Clock::time_point looked_;
};

}  // namespace executor
