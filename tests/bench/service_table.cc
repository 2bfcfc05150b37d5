// The tables that are about the service alone: its hostile neighbours, the stages of a request, and
// what the fields that carry data cost.
#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "measure.h"
#include "report.h"
#include "stats.h"

namespace executor::bench {
namespace {

constexpr double kMaxTimesQuiet = 3;
constexpr double kMaxOfSingle = 0.5;

std::string met(double value, double most) {
  return "at most " + number(most) + (value <= most ? ": met" : ": MISSED");
}

// `times` and `saturation` are what the innocent client's p99 is to the quiet one, among these and
// at saturation.
std::string verdict(const Neighbourhood& one, double times, double saturation) {
  switch (one.goal) {
    case Neighbourhood::Goal::kNone:
      return {};
    case Neighbourhood::Goal::kTimesQuiet:
      return met(times, kMaxTimesQuiet);
    case Neighbourhood::Goal::kSaturation:
      return met(times, saturation);
  }
  return {};
}

}  // namespace

void write_neighbours(std::ostream& out, const std::vector<Neighbourhood>& all) {
  out << "\nWhat a client that sends the trivial script sees, one request at a time, while others "
         "are at work:\n\n"
      << "| the others | p50 / p99 ms | p99 ÷ quiet p99 | goal |\n|---|--:|--:|---|\n";
  const double quiet = all.front().median_of(&Sample::p99_ms);
  const double saturation = all.at(1).median_of(&Sample::p99_ms) / quiet;
  for (const Neighbourhood& one : all) {
    const double p99 = one.median_of(&Sample::p99_ms);
    out << "| " << one.name << " | " << number(one.median_of(&Sample::p50_ms)) << " / "
        << number(p99) << " | " << number(p99 / quiet) << " | "
        << verdict(one, p99 / quiet, saturation) << " |\n";
  }
}

void write_stages(std::ostream& out, const std::vector<Stage>& stages) {
  out << "\nWhere the time of one request goes (a program that prints; medians, which need not add "
         "up):\n\n"
      << "| | µs | measured by |\n|---|--:|---|\n";
  for (const Stage& stage : stages) {
    out << "| " << stage.name << " | " << number(stage.p50_ms * 1000) << " | " << stage.how
        << " |\n";
  }
}

void write_pages(std::ostream& out, const std::vector<PageCost>& costs) {
  out << "\nWhat a worker costs in page faults, from its clone to its end (mean; the service's own "
         "count):\n\n| set | script | page faults |\n|---|---|--:|\n";
  for (const PageCost& cost : costs) {
    out << "| " << cost.set << " | " << cost.script << " | " << number(cost.faults) << " |\n";
  }
}

void write_zygote_limit(std::ostream& out, const std::vector<ZygoteLimit>& limits) {
  out << "\nFrom how many processors on the zygotes of a preload set would be the limit (what a "
         "processor of this machine does, and the zygote's part of it; without the client):\n\n"
      << "| script | the zygote's share of the CPU time | one zygote | 2 | 4 |\n"
      << "|---|--:|--:|--:|--:|\n";
  for (const ZygoteLimit& limit : limits) {
    out << "| " << limit.script << " | " << number(limit.share) << " | " << number(limit.processors)
        << " | " << number(2 * limit.processors) << " | " << number(4 * limit.processors) << " |\n";
  }
}

void write_fields(std::ostream& out, const std::vector<FieldCost>& all) {
  out << "\nWhat data that a request brings along costs (one client, one request at a time; "
      << kClients << " clients for runs/s; medians of " << all.front().seen.size()
      << " interleaved rounds):\n\n"
      << "| the request | p50 / p99 ms | p50 more than the first's, ms | runs/s |\n"
      << "|---|--:|--:|--:|\n";
  const double least = all.front().median_of(&Sample::p50_ms);
  for (const FieldCost& one : all) {
    const double p50 = one.median_of(&Sample::p50_ms);
    out << "| " << one.name << " | " << number(p50) << " / "
        << number(one.median_of(&Sample::p99_ms)) << " | "
        << (&one == &all.front() ? "" : number(p50 - least)) << " | "
        << number(one.median_of(&Sample::runs_per_second)) << " |\n";
  }
}

namespace {

// The median over the pairs of what `figure` is now, divided by what it was; the least and the
// greatest.
std::string change_of(const Pairs& pairs, double Sample::*figure) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < pairs.now.size(); ++i) {
    ratios.push_back(pairs.now[i].*figure / (pairs.base[i].*figure));
  }
  const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
  return number(median(ratios)) + " (" + number(*least) + " to " + number(*most) + ")";
}

}  // namespace

void write_pairs(std::ostream& out, const std::string& base, const std::vector<Pairs>& all) {
  out << "\nThe service and the one of " << base
      << ", measured alternately: " << all.front().now.size()
      << " pairs; medians, and of the pairs' ratios the least and the greatest:\n\n"
      << "| script | figure | then | now | now ÷ then |\n|---|---|--:|--:|--:|\n";
  struct Figure {
    const char* name;
    double Sample::*value;
  };
  for (const Pairs& one : all) {
    for (const Figure& figure :
         {Figure{"p50 ms", &Sample::p50_ms}, Figure{"p99 ms", &Sample::p99_ms},
          Figure{"runs/s, 8 clients", &Sample::runs_per_second}}) {
      out << "| " << one.script->name << " | " << figure.name << " | "
          << number(median_of(one.base, figure.value)) << " | "
          << number(median_of(one.now, figure.value)) << " | " << change_of(one, figure.value)
          << " |\n";
    }
  }
}

void write_batches(std::ostream& out, const BatchCosts& costs) {
  const double single = median(costs.single_requests);
  const double batch = median(costs.one_request);
  const double own = median(costs.own_connections);
  out << "\nThe trivial script " << kRunsOfBatch << " times, for one client on a quiet machine "
      << "(medians of " << costs.one_request.size() << "):\n\n"
      << "| | ms | of the first | goal |\n|---|--:|--:|---|\n"
      << "| " << kRunsOfBatch << " requests, one after the other | " << number(single)
      << " | 1.00 | |\n"
      << "| the same, each on a connection of its own | " << number(own) << " | "
      << number(own / single) << " | |\n"
      << "| one request with " << kRunsOfBatch << " `runs` | " << number(batch) << " | "
      << number(batch / single) << " | " << met(batch / single, kMaxOfSingle) << " |\n";
}

}  // namespace executor::bench
