#include "pages.h"

#include <chrono>
#include <stdexcept>
#include <thread>

#include "base/deadline.h"
#include "http_client.h"
#include "script.h"

namespace executor::bench {
namespace {

// Long enough for a spare worker to become ready.
constexpr std::chrono::milliseconds kPause{20};
constexpr std::chrono::seconds kPatience{30};

// Since the start of the service, of one set's workers.
struct Counts {
  double ended = 0, faults = 0;
};

double value_of(const std::string& metrics, const std::string& name, const std::string& set) {
  const std::string series = "\n" + name + "{set=\"" + set + "\"} ";
  const std::size_t at = metrics.find(series);
  if (at == std::string::npos) throw std::runtime_error("the service has no metric " + name);
  return std::stod(metrics.substr(at + series.size()));
}

Counts counts_of(const std::string& endpoint, const std::string& set) {
  const std::string metrics = http_get(endpoint, "/metrics");
  return {value_of(metrics, "python_executor_ended_workers_total", set),
          value_of(metrics, "python_executor_worker_page_faults_total", set)};
}

PageCost measure(const Contender& service, const std::string& endpoint, const std::string& set,
                 const Script& script, int runs) {
  const Counts before = counts_of(endpoint, set);
  const ClientPtr client = service.make_client(script);
  for (int i = 0; i < runs; ++i) {
    std::this_thread::sleep_for(kPause);
    client->run();
    client->finish();
  }
  Counts after;
  const auto deadline = Deadline::after(kPatience);
  do {
    if (deadline.passed()) throw std::runtime_error("workers of the set " + set + " do not end");
    std::this_thread::sleep_for(kPause);
    after = counts_of(endpoint, set);
  } while (after.ended < before.ended + runs);
  return {set, script.name, (after.faults - before.faults) / (after.ended - before.ended)};
}

}  // namespace

std::vector<PageCost> measure_pages(const Contender& service, const std::string& endpoint,
                                    int runs) {
  const auto& scripts = all_scripts();
  return {measure(service, endpoint, "light", scripts.at(0), runs),
          measure(service, endpoint, "data", scripts.at(1), runs)};
}

}  // namespace executor::bench
