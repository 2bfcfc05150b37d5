#include "pairs.h"

#include <iostream>

#include "idle.h"
#include "stats.h"

namespace executor::bench {
namespace {

Sample measure(const Contender& contender, const Script& script, const Effort& effort) {
  wait_until_idle();
  const std::vector<double> latency = measure_latency(contender, script, effort);
  const double rate = measure_throughput(contender, script, effort);
  return {percentile(latency, 0.5), percentile(latency, 0.99), rate};
}

}  // namespace

std::vector<Pairs> measure_pairs(const Contender& service, const Contender& base, int number,
                                 const Effort& effort) {
  std::vector<Pairs> all;
  for (const Script& script : all_scripts()) all.push_back({&script, {}, {}});
  for (int i = 0; i < number; ++i) {
    std::cerr << "pair " << i + 1 << " of " << number << '\n';
    for (Pairs& one : all) {
      if (i % 2 == 0) one.now.push_back(measure(service, *one.script, effort));
      one.base.push_back(measure(base, *one.script, effort));
      if (i % 2 == 1) one.now.push_back(measure(service, *one.script, effort));
    }
  }
  return all;
}

}  // namespace executor::bench
