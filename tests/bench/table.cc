// The markdown table.
#include <iomanip>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "options.h"
#include "report.h"

namespace executor::bench {
namespace {

struct Ratio {
  std::string_view what;
  double Sample::*figure;
  std::string_view script;
  std::string_view one;
  std::string_view other;
  double goal;  // 0: none
};

constexpr double Sample::*kLatency = &Sample::p50_ms;
constexpr double Sample::*kThroughput = &Sample::runs_per_second;

constexpr Ratio kRatios[] = {
    {"p50", kLatency, "trivial", "service", "plain-light", 0.5},
    {"p50", kLatency, "trivial", "service", "plain-data", 0.5},
    {"p50", kLatency, "pandas", "service", "plain-data", 0.5},
    {"p50", kLatency, "trivial", "service", "bare-light", 0},
    {"p50", kLatency, "pandas", "service", "bare-data", 0},
    {"runs/s", kThroughput, "trivial", "service", "bare-light", 0.5},
    {"runs/s", kThroughput, "pandas", "service", "bare-data", 0.8},
    {"runs/s", kThroughput, "trivial", "service", "plain-light", 0},
    {"runs/s", kThroughput, "pandas", "service", "plain-data", 0},
    {"runs/s", kThroughput, "trivial", "service", "flask", 15},
    {"runs/s", kThroughput, "pandas", "service", "flask", 40},
    {"runs/s", kThroughput, "trivial", "service", "firejail", 0},
    {"runs/s", kThroughput, "pandas", "service", "firejail", 0},
    {"runs/s", kThroughput, "trivial", "service", "python", 0},
    {"runs/s", kThroughput, "pandas", "service", "python", 0},
};

std::string goal_of(const Ratio& ratio, double value) {
  if (ratio.goal == 0) return "";
  const bool less_is_better = ratio.figure == kLatency;
  const bool met = less_is_better ? value <= ratio.goal : value >= ratio.goal;
  std::ostringstream text;
  text << (less_is_better ? "at most " : "at least ") << ratio.goal << (met ? ": met" : ": MISSED");
  return text.str();
}

void write_head(std::ostream& out, const Findings& findings, const Options& options) {
  out << options.machine << "\n\n"
      << "All in one run; interleaved rounds in changing order: " << options.rounds << "; "
      << "medians over the rounds. Latency: one client, one request at a time, "
      << kMinPause.count() << " to " << kMaxPause.count() << " ms between an answer and the next "
      << "request; script sent to result in hand. Throughput: " << kClients
      << " clients, each sends its next request at once. The client shares the machine.";
  if (options.quick) out << " **Quick run: too few samples to quote.**";
  if (findings.busy_starts > 0) {
    out << " **The machine was busy with something else at the start of " << findings.busy_starts
        << " of " << findings.starts << " measurements.**";
  }
  out << "\n\n";
}

std::string latency_of(const Cell* cell) {
  if (!cell) return "";
  return number(cell->median_of(&Sample::p50_ms)) + " / " +
         number(cell->median_of(&Sample::p99_ms));
}

std::string throughput_of(const Cell* cell) {
  return cell ? number(cell->median_of(&Sample::runs_per_second)) : "";
}

// The contenders that took part, each once, in the order of the cells.
std::vector<const Contender*> contenders_of(const Findings& findings) {
  std::vector<const Contender*> contenders;
  for (const Cell& cell : findings.cells) {
    if (contenders.empty() || contenders.back() != cell.contender) {
      contenders.push_back(cell.contender);
    }
  }
  return contenders;
}

void write_contenders(std::ostream& out, const Findings& findings) {
  out << "| contender | preloaded | warm-up | sandbox | reached by | trivial p50 / p99 ms "
         "| pandas p50 / p99 ms | trivial runs/s | pandas runs/s |\n"
         "|---|---|---|---|---|--:|--:|--:|--:|\n";
  for (const Contender* contender : contenders_of(findings)) {
    const Cell* trivial = findings.find(contender->id, "trivial");
    const Cell* pandas = findings.find(contender->id, "pandas");
    out << "| " << contender->name << " | " << contender->preloaded << " | " << contender->warm_up
        << " | " << contender->sandbox << " | " << contender->transport << " | "
        << latency_of(trivial) << " | " << latency_of(pandas) << " | " << throughput_of(trivial)
        << " | " << throughput_of(pandas) << " |\n";
  }
  out << '\n';
}

std::string label_of(const Contender& contender) {
  return contender.name + " (preloaded: " + contender.preloaded + ")";
}

void write_ratio(std::ostream& out, const Findings& findings, const Ratio& ratio) {
  const std::string script(ratio.script);
  const Cell* one = findings.find(std::string(ratio.one), script);
  const Cell* other = findings.find(std::string(ratio.other), script);
  if (!one || !other) return;
  const double value = one->median_of(ratio.figure) / other->median_of(ratio.figure);
  out << "| " << ratio.what << ", " << script << ": " << one->contender->name << " ÷ "
      << label_of(*other->contender) << " | " << number(value) << " | " << goal_of(ratio, value)
      << " |\n";
}

}  // namespace

std::string number(double value) {
  std::ostringstream text;
  const int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
  text << std::fixed << std::setprecision(decimals) << value;
  return text.str();
}

void write_table(std::ostream& out, const Findings& findings, const Options& options) {
  write_head(out, findings, options);
  write_contenders(out, findings);
  out << "| ratio | | goal |\n|---|--:|---|\n";
  for (const Ratio& ratio : kRatios) write_ratio(out, findings, ratio);
  if (options.idle_mb > 0) {
    out << "| memory of the whole idle service, PSS in MB | " << number(options.idle_mb)
        << " | below 200: " << (options.idle_mb < 200 ? "met" : "MISSED") << " |\n";
  }
}

void write_plot_data(std::ostream& out, const Findings& findings) {
  const auto field = [](const Cell* cell, double Sample::*figure) {
    return cell ? number(cell->median_of(figure)) : std::string("-");
  };
  for (const Contender* contender : contenders_of(findings)) {
    const Cell* trivial = findings.find(contender->id, "trivial");
    const Cell* pandas = findings.find(contender->id, "pandas");
    out << contender->id << ' ' << field(trivial, kLatency) << ' ' << field(pandas, kLatency) << ' '
        << field(trivial, kThroughput) << ' ' << field(pandas, kThroughput) << '\n';
  }
}

}  // namespace executor::bench
