// The rounds of a bench run and what they found.
#pragma once

#include <string>
#include <vector>

#include "contender.h"
#include "measure.h"

namespace executor::bench {

// What one round found of one contender and one script.
struct Sample {
  double p50_ms = 0;
  double p99_ms = 0;
  double runs_per_second = 0;
};

// The median over the rounds of one figure: median_of(rounds, &Sample::p50_ms).
double median_of(const std::vector<Sample>& rounds, double Sample::*figure);

// One contender with one script.
struct Cell {
  const Contender* contender;
  const Script* script;
  std::vector<Sample> rounds;
  int latency_requests = 0;  // over all rounds

  [[nodiscard]] double median_of(double Sample::*figure) const {
    return bench::median_of(rounds, figure);
  }
};

struct Findings {
  std::vector<Cell> cells;
  int busy_starts = 0;  // measurements that began although the machine was not quiet
  int starts = 0;

  // Null when this contender did not take part with this script.
  [[nodiscard]] const Cell* find(const std::string& contender, const std::string& script) const;
};

// Measures each contender with each script once per round. The order changes with each round, so
// that no contender always follows the same one. `contenders` must outlive the findings.
Findings run_campaign(const std::vector<Contender>& contenders, int rounds, const Effort& effort);

}  // namespace executor::bench
