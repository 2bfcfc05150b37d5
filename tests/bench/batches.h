// What one program over many inputs costs: by one request with `runs`, and by a request for each.
#pragma once

#include <vector>

#include "contender.h"

namespace executor::bench {

inline constexpr int kRunsOfBatch = 64;

// The trivial script in one request that runs it kRunsOfBatch times.
Script batch_script();

// Milliseconds until the last run is answered, one of each for each repetition.
struct BatchCosts {
  std::vector<double> one_request;
  // Each request sent when the one before it is answered: on one connection, and on one for each.
  std::vector<double> single_requests;
  std::vector<double> own_connections;
};

// Repeats all alternately. Throws when an answer is wrong.
BatchCosts measure_batches(const Contender& service, int repetitions);

}  // namespace executor::bench
