// What a worker costs in page faults, by the service's own count.
#pragma once

#include <string>
#include <vector>

#include "contender.h"

namespace executor::bench {

struct PageCost {
  std::string set;     // the preload set whose workers ran it
  std::string script;  // that each of them ran
  double faults = 0;   // of one worker, from its clone to its end
};

// Runs scripts one after the other on the service at `endpoint` (HOST:PORT), `runs` of each, and
// waits until their workers have ended. Throws when they do not.
std::vector<PageCost> measure_pages(const Contender& service, const std::string& endpoint,
                                    int runs);

}  // namespace executor::bench
