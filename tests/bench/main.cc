// The bench: measures the service and what it is to be compared with, in one run. It starts none of
// the servers (tests/bench/run does) and knows nothing of how they work. One of them is a mode of
// this program, because it is built from the parts of the service's runner; another mode prints
// what the others must preload:
//
//   bench bare-server SOCKET SET
//   bench modules SET
#include <chrono>
#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "bare_server.h"
#include "campaign.h"
#include "options.h"
#include "report.h"

namespace executor::bench {
namespace {

using std::chrono::milliseconds;

// All contenders with both scripts: five rounds in less than five minutes.
constexpr Effort kFullEffort{150, milliseconds{1700}, milliseconds{1400}};
constexpr Effort kQuickEffort{20, milliseconds{300}, milliseconds{300}};
// What is about the service alone: the p99 among hostile neighbours needs more of one.
constexpr Effort kNeighboursEffort{400, milliseconds{6000}, milliseconds{0}};
constexpr Effort kFieldsEffort{200, milliseconds{4000}, milliseconds{1400}};
constexpr int kStageRequests = 300;
// In each round.
constexpr int kBatches = 10;
constexpr int kQuickBatches = 3;

std::ofstream open(const Options& options, const std::string& name) {
  std::ofstream file(options.output + "/" + name);
  if (!file) throw std::runtime_error("cannot write " + options.output + "/" + name);
  return file;
}

void add_fields(std::ostream& table, const Contender& service, const Options& options) {
  const Effort& effort = options.quick ? kQuickEffort : kFieldsEffort;
  const auto base = make_base(options);
  write_fields(table, measure_fields(service, base ? &*base : nullptr, options.rounds, effort));
  const int batches = options.quick ? kQuickBatches : kBatches;
  write_batches(table, measure_batches(service, options.rounds * batches));
}

void run_fields(const Contender& service, const Options& options) {
  std::ofstream table = open(options, "fields.md");
  table << options.machine << '\n';
  add_fields(table, service, options);
}

void run_pairs(const Contender& service, const Options& options) {
  std::ofstream table = open(options, "pairs.md");
  table << options.machine << '\n';
  write_pairs(table, options.base_name,
              measure_pairs(service, make_base(options).value(), options.rounds,
                            options.quick ? kQuickEffort : kFullEffort));
}

void run(const Options& options) {
  const std::vector<Contender> contenders = make_contenders(options);
  if (contenders.empty()) throw std::runtime_error("no contender; see --help");
  if (options.only_fields) return run_fields(contenders.front(), options);
  if (options.only_pairs) return run_pairs(contenders.front(), options);
  const Findings findings =
      run_campaign(contenders, options.rounds, options.quick ? kQuickEffort : kFullEffort);

  std::ofstream table = open(options, "table.md");
  write_table(table, findings, options);
  if (contenders.front().id == "service") {
    const Effort& effort = options.quick ? kQuickEffort : kNeighboursEffort;
    write_neighbours(table, measure_neighbours(contenders.front(), options.rounds, effort));
    add_fields(table, contenders.front(), options);
    const int requests = options.quick ? kQuickEffort.latency_requests : kStageRequests;
    write_stages(table, measure_stages(contenders.front(), options.responder, requests));
    write_zygote_limit(table, measure_zygote_limit(contenders.front(),
                                                   options.quick ? kQuickEffort : kFieldsEffort));
    write_pages(table, measure_pages(contenders.front(), options.service, requests));
  }
  std::ofstream results = open(options, "results.json");
  write_results(results, findings, options);
  std::ofstream plot = open(options, "bench.dat");
  write_plot_data(plot, findings);
}

}  // namespace
}  // namespace executor::bench

int main(int argc, char** argv) try {
  if (argc == 4 && argv[1] == std::string_view("bare-server")) {
    executor::bench::run_bare_server(argv[2], argv[3]);
  }
  if (argc == 3 && argv[1] == std::string_view("modules")) {
    std::cout << executor::bench::modules_of(argv[2]);
    return 0;
  }
  if (const auto options = executor::bench::parse_options(argc, argv)) {
    executor::bench::run(*options);
  }
  return 0;
} catch (const std::exception& error) {
  std::cerr << "bench: " << error.what() << '\n';
  return 1;
}
