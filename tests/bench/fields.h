// What the fields of a request that carry data cost: the trivial script alone, and with them.
#pragma once

#include <string>
#include <vector>

#include "campaign.h"

namespace executor::bench {

// One request, and what was seen of it.
struct FieldCost {
  std::string name;
  Script script;
  std::vector<Sample> seen;              // one for each round
  const Contender* contender = nullptr;  // who gets it

  [[nodiscard]] double median_of(double Sample::*figure) const {
    return bench::median_of(seen, figure);
  }
};

// The first is the trivial script without any of them; the second the same of an older service, if
// there is one. Rounds are interleaved, in changing order. Throws when an answer is wrong.
std::vector<FieldCost> measure_fields(const Contender& service, const Contender* base, int rounds,
                                      const Effort& effort);

}  // namespace executor::bench
