// Detects a server that has pending connections but completes no request. Counts polls at regular
// intervals, not time, so that a suspended machine is not mistaken for a stalled server.
#pragma once

#include <cstdint>

#include "base/deadline.h"

namespace executor {

// A snapshot of a server.
struct Progress {
  bool pending = false;      // a connection waits to be accepted
  std::uint64_t served = 0;  // requests so far
};

class StallDetector {
 public:
  // `patience` must be longer than any request may take: while all threads are busy no further
  // connection is accepted, and that is not a fault.
  explicit StallDetector(Clock::duration patience) : patience_(patience) {}

  // Call once every `interval`. Whether, at each look for longer than the patience, a connection
  // was waiting and no request had completed.
  bool sample(const Progress& now, Clock::duration interval) {
    const bool still = now.pending && now.served == served_;
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
