// The machine-readable results.
#include <boost/json.hpp>
#include <ostream>

#include "options.h"
#include "report.h"

namespace executor::bench {
namespace {

namespace json = boost::json;

json::object as_json(const Sample& sample) {
  return {{"p50_ms", sample.p50_ms},
          {"p99_ms", sample.p99_ms},
          {"runs_per_second", sample.runs_per_second}};
}

json::object as_json(const Cell& cell) {
  json::array rounds;
  for (const Sample& sample : cell.rounds) rounds.push_back(as_json(sample));
  const Contender& contender = *cell.contender;
  return {
      {"contender", contender.id},
      {"preloaded", contender.preloaded},
      {"warm_up", contender.warm_up},
      {"sandbox", contender.sandbox},
      {"script", cell.script->name},
      {"latency_requests", cell.latency_requests},
      {"median", as_json(Sample{cell.median_of(&Sample::p50_ms), cell.median_of(&Sample::p99_ms),
                                cell.median_of(&Sample::runs_per_second)})},
      {"rounds", rounds}};
}

}  // namespace

void write_results(std::ostream& out, const Findings& findings, const Options& options) {
  json::array cells;
  for (const Cell& cell : findings.cells) cells.push_back(as_json(cell));
  json::object report{{"machine", options.machine},
                      {"quick", options.quick},
                      {"busy_starts", findings.busy_starts},
                      {"starts", findings.starts},
                      {"cells", cells}};
  if (options.idle_mb > 0) report["service_idle_pss_mb"] = options.idle_mb;
  out << report << '\n';
}

}  // namespace executor::bench
