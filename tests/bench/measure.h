// One measurement: one contender, one script, bounded in count and in time.
#pragma once

#include <chrono>
#include <vector>

#include "contender.h"

namespace executor::bench {

struct Effort {
  int latency_requests;                       // at most
  std::chrono::milliseconds latency_time;     // no new request after this
  std::chrono::milliseconds throughput_time;  // no new request after this
};

inline constexpr int kMinLatencyRequests = 3;
inline constexpr int kClients = 8;
inline constexpr std::chrono::milliseconds kMinPause{5};
inline constexpr std::chrono::milliseconds kMaxPause{15};

// One client, one request at a time; before each a random pause (kMinPause to kMaxPause, the same
// sequence for every contender) in which a contender may make ready what the next one needs.
// Returns the milliseconds of each request. Throws when an answer is wrong.
std::vector<double> measure_latency(const Contender& contender, const Script& script,
                                    const Effort& effort);

// kClients clients, each sends its next request as soon as it has its answer. Returns runs per
// second, counted until the last answer. Throws when an answer is wrong.
double measure_throughput(const Contender& contender, const Script& script, const Effort& effort);

}  // namespace executor::bench
