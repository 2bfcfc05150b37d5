// The service next to an older one, in pairs: is it faster than it was?
#pragma once

#include <vector>

#include "campaign.h"
#include "contender.h"
#include "measure.h"

namespace executor::bench {

// One script at both services: the samples with the same index were taken one directly after the
// other.
struct Pairs {
  const Script* script;
  std::vector<Sample> now;
  std::vector<Sample> base;
};

// `number` pairs for each script; which of the two services begins changes from pair to pair.
std::vector<Pairs> measure_pairs(const Contender& service, const Contender& base, int number,
                                 const Effort& effort);

}  // namespace executor::bench
