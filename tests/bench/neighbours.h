// What other clients do to the latency of one that only sends the trivial script.
#pragma once

#include <string>
#include <vector>

#include "campaign.h"

namespace executor::bench {

struct Neighbourhood {
  // What the innocent client's p99 is held against.
  enum class Goal { kNone, kTimesQuiet, kSaturation };

  std::string name;
  Script script;    // of the others
  int clients = 0;  // how many they are
  Goal goal = Goal::kNone;
  std::vector<Sample> seen;  // by the innocent one, a sample for each round, without throughput

  [[nodiscard]] double median_of(double Sample::*figure) const {
    return bench::median_of(seen, figure);
  }
};

// The first is the quiet one, the second saturation by single requests. Rounds are interleaved, in
// changing order. Throws when an answer is wrong, the others' included.
std::vector<Neighbourhood> measure_neighbours(const Contender& service, int rounds,
                                              const Effort& effort);

}  // namespace executor::bench
