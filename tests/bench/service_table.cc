// The tables that are about the service alone: its hostile neighbours, the stages of a request, and
// what the fields that carry data cost.
#include <ostream>

#include "measure.h"
#include "report.h"

namespace executor::bench {
namespace {

constexpr double kMostTimesQuiet = 3;

std::string verdict(const Neighbourhood& one, double times) {
  if (one.clients != 1) return "";  // no hostile one, or no slot that is surely free
  return std::string("at most ") + number(kMostTimesQuiet) +
         (times <= kMostTimesQuiet ? ": met" : ": MISSED");
}

}  // namespace

void write_neighbours(std::ostream& out, const std::vector<Neighbourhood>& all) {
  out << "\nWhat a client that sends the trivial script sees, one request at a time, while others "
         "are at work:\n\n"
      << "| the others | p50 / p99 ms | p99 ÷ quiet p99 | goal |\n|---|--:|--:|---|\n";
  const double quiet = all.front().median_of(&Sample::p99_ms);
  for (const Neighbourhood& one : all) {
    const double p99 = one.median_of(&Sample::p99_ms);
    out << "| " << one.name << " | " << number(one.median_of(&Sample::p50_ms)) << " / "
        << number(p99) << " | " << number(p99 / quiet) << " | " << verdict(one, p99 / quiet)
        << " |\n";
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

}  // namespace executor::bench
