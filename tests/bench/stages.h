// Where the time of one request goes: the same request through nginx and straight to the responder,
// alternately, and what the answers say of the time between.
#pragma once

#include <string>
#include <vector>

#include "contender.h"

namespace executor::bench {

struct Stage {
  std::string name;
  std::string how;  // it is measured
  double p50_ms = 0;
};

// In the order in which they happen; the last ones are the wholes. `socket` is the service's
// FastCGI socket. Throws when an answer is wrong.
std::vector<Stage> measure_stages(const Contender& service, const std::string& socket,
                                  int requests);

}  // namespace executor::bench
