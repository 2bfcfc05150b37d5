#include "campaign.h"

#include <algorithm>
#include <iostream>

#include "idle.h"
#include "stats.h"

namespace executor::bench {
namespace {

std::vector<Cell> make_cells(const std::vector<Contender>& contenders) {
  std::vector<Cell> cells;
  for (const Contender& contender : contenders) {
    for (const Script& script : all_scripts()) {
      if (contender.runs(script)) cells.push_back({&contender, &script, {}, 0});
    }
  }
  return cells;
}

std::vector<Cell*> order_of_round(std::vector<Cell>& cells, int round) {
  std::vector<Cell*> order;
  for (Cell& cell : cells) order.push_back(&cell);
  std::rotate(order.begin(), order.begin() + round * 3 % std::ptrdiff_t(order.size()), order.end());
  if (round % 2 == 1) std::reverse(order.begin(), order.end());
  return order;
}

void measure(Cell& cell, const Effort& effort) {
  const std::vector<double> latency = measure_latency(*cell.contender, *cell.script, effort);
  const double rate = measure_throughput(*cell.contender, *cell.script, effort);
  cell.rounds.push_back({percentile(latency, 0.5), percentile(latency, 0.99), rate});
  cell.latency_requests += static_cast<int>(latency.size());
}

}  // namespace

double median_of(const std::vector<Sample>& rounds, double Sample::*figure) {
  std::vector<double> values;
  for (const Sample& sample : rounds) values.push_back(sample.*figure);
  return median(values);
}

const Cell* Findings::find(const std::string& contender, const std::string& script) const {
  const auto cell = std::find_if(cells.begin(), cells.end(), [&](const Cell& one) {
    return one.contender->id == contender && one.script->name == script;
  });
  return cell == cells.end() ? nullptr : &*cell;
}

Findings run_campaign(const std::vector<Contender>& contenders, int rounds, const Effort& effort) {
  Findings findings{make_cells(contenders)};
  for (int round = 0; round < rounds; ++round) {
    std::cerr << "round " << round + 1 << " of " << rounds << '\n';
    for (Cell* cell : order_of_round(findings.cells, round)) {
      ++findings.starts;
      if (!wait_until_idle()) ++findings.busy_starts;
      measure(*cell, effort);
    }
  }
  return findings;
}

}  // namespace executor::bench
