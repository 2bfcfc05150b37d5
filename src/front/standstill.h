// Whether a server has stopped serving those who wait at its door, whatever the reason. Judged by
// looks at regular intervals and not by the clock: a machine that stood still makes nobody late.
#pragma once

#include <cstdint>

#include "base/deadline.h"

namespace executor {

// A server at one moment.
struct Progress {
  bool awaited = false;      // a connection waits to be accepted
  std::uint64_t served = 0;  // requests so far
};

class Standstill {
 public:
  // `patience` is longer than any request may take: while all threads are at work nobody else is
  // let in, and that is no fault.
  explicit Standstill(Clock::duration patience) : patience_(patience) {}

  // To be called once every `interval`. Whether at each look for longer than the patience somebody
  // has waited, and nobody was served.
  bool look(const Progress& now, Clock::duration interval) {
    const bool still = now.awaited && now.served == served_;
    still_for_ = still ? still_for_ + interval : Clock::duration::zero();
    served_ = now.served;
    return still_for_ > patience_;
  }

 private:
  Clock::duration patience_;
  Clock::duration still_for_{};
  std::uint64_t served_ = 0;
};

}  // namespace executor
