#include "telemetry/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <functional>
#include <sstream>

#include "telemetry/own_process.h"

namespace executor {
namespace {

namespace prom = prometheus;

constexpr std::size_t kEndings = static_cast<std::size_t>(Ending::kCancelled) + 1;
constexpr std::size_t kDialects = static_cast<std::size_t>(Dialect::kProgram) + 1;
constexpr std::size_t kEvidences = static_cast<std::size_t>(kLastEvidence) + 1;
constexpr std::size_t kReasons = static_cast<std::size_t>(RefusalReason::kInternal) + 1;

// Upper bounds of the histograms' buckets, in seconds.
const prom::Histogram::BucketBoundaries kQueueBuckets{0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25,
                                                      0.5,    1,     2.5,   5,    10,   30};
const prom::Histogram::BucketBoundaries kStartBuckets{
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5};
const prom::Histogram::BucketBoundaries kRunBuckets{
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

RefusalReason reason_of(Ending ending) {
  if (ending == Ending::kShuttingDown) return RefusalReason::kShuttingDown;
  return ending == Ending::kOverloaded ? RefusalReason::kOverloaded : RefusalReason::kInternal;
}

// Whether a job that had a worker can end so.
bool ends_a_run(Ending ending) {
  return ending != Ending::kBadRequest;
}

template <typename Enum>
std::size_t index(Enum value) {
  return static_cast<std::size_t>(value);
}

// A family of values that are read only when asked for.
class Values {
 public:
  Values(std::vector<prom::MetricFamily>& families, const char* name, const char* help,
         prom::MetricType type)
      : families_(families) {
    family_.name = name;
    family_.help = help;
    family_.type = type;
  }
  ~Values() { families_.push_back(std::move(family_)); }
  Values(const Values&) = delete;
  Values& operator=(const Values&) = delete;

  Values& add(double value, std::vector<prom::ClientMetric::Label> labels = {}) {
    prom::ClientMetric metric;
    metric.label = std::move(labels);
    metric.gauge.value = value;
    metric.counter.value = value;
    family_.metric.push_back(std::move(metric));
    return *this;
  }

 private:
  std::vector<prom::MetricFamily>& families_;
  prom::MetricFamily family_;
};

using Families = std::vector<prom::MetricFamily>;
constexpr auto kGauge = prom::MetricType::Gauge;
constexpr auto kCounter = prom::MetricType::Counter;

// One value for each set, labelled with its name.
void add_of_sets(Families& families, const std::vector<SetState>& sets, const char* name,
                 const char* help, prom::MetricType type,
                 const std::function<double(const SetState&)>& value) {
  Values values(families, name, help, type);
  for (const SetState& set : sets) values.add(value(set), {{"set", set.name}});
}

void add_workers(Families& families, const std::vector<SetState>& sets) {
  Values workers(families, "python_executor_workers", "Workers by preload set and state.", kGauge);
  for (const SetState& set : sets) {
    workers.add(double(set.ready), {{"set", set.name}, {"state", "ready"}});
    workers.add(double(set.busy), {{"set", set.name}, {"state", "busy"}});
  }
}

void add_start_times(Families& families, const std::vector<SetState>& sets) {
  Values times(families, "python_executor_zygote_start_seconds",
               "Time that the start of the last zygote took, by stage.", kGauge);
  for (const SetState& set : sets) {
    times.add(set.jail_seconds, {{"set", set.name}, {"stage", "jail"}});
    times.add(set.python_seconds, {{"set", set.name}, {"stage", "python"}});
    times.add(set.attestation_seconds, {{"set", set.name}, {"stage", "attestation"}});
  }
}

void add_sets(Families& families, const std::vector<SetState>& sets) {
  add_workers(families, sets);
  add_start_times(families, sets);
  Values info(families, "python_executor_set_info", "What each preload set runs on.", kGauge);
  for (const SetState& set : sets) {
    info.add(1, {{"set", set.name}, {"python", set.python}, {"tier", set.tier}});
  }
  add_of_sets(families, sets, "python_executor_sandbox_attested",
              "1 while the set's sandbox is attested and it serves.", kGauge,
              [](const SetState& set) { return set.attested ? 1.0 : 0.0; });
  add_of_sets(families, sets, "python_executor_set_starting",
              "1 while the set's first zygote is not attested yet: its jobs wait.", kGauge,
              [](const SetState& set) { return set.starting ? 1.0 : 0.0; });
  add_of_sets(families, sets, "python_executor_attestation_age_seconds",
              "Time since the set's sandbox was last attested; -1 before the first attestation.",
              kGauge, [](const SetState& set) { return set.attested_seconds_ago; });
  add_of_sets(families, sets, "python_executor_zygotes", "Zygotes that are attested and serve.",
              kGauge, [](const SetState& set) { return double(set.zygotes); });
  add_of_sets(families, sets, "python_executor_zygote_starts_total",
              "Zygotes that became ready; all but a set's first are restarts.", kCounter,
              [](const SetState& set) { return double(set.zygote_starts); });
  add_of_sets(families, sets, "python_executor_zygote_losses_total",
              "Zygotes that could not start, were not attested, or ended unasked.", kCounter,
              [](const SetState& set) { return double(set.zygote_losses); });
  add_of_sets(families, sets, "python_executor_failed_workers_total",
              "Workers that could not be made or confined.", kCounter,
              [](const SetState& set) { return double(set.failed_workers); });
  add_of_sets(families, sets, "python_executor_ended_workers_total", "Workers that have ended.",
              kCounter, [](const SetState& set) { return double(set.ended_workers); });
  add_of_sets(families, sets, "python_executor_worker_page_faults_total",
              "Page faults of the workers that have ended.", kCounter,
              [](const SetState& set) { return double(set.page_faults); });
}

void add_service(Families& families, const ServiceState& state) {
  Values(families, "python_executor_slots", "Runs that are allowed at once.", kGauge)
      .add(double(state.slots));
  Values(families, "python_executor_running", "Slots that are taken.", kGauge)
      .add(double(state.running));
  Values(families, "python_executor_queue_length", "Requests that wait for a slot.", kGauge)
      .add(double(state.waiting));
  Values(families, "python_executor_log_lines_lost_total",
         "Lines of the log that were not read in time or could not be written.", kCounter)
      .add(double(state.log_lines_lost));
  add_sets(families, state.sets);
}

// The names that every Prometheus client library has for these.
void add_process(Families& families) {
  const OwnProcess own = measure_own_process();
  Values(families, "process_open_fds", "Open descriptors of the responder.", kGauge)
      .add(double(own.descriptors));
  Values(families, "process_max_fds", "Descriptors that the responder may have open.", kGauge)
      .add(double(own.descriptor_limit));
  Values(families, "process_resident_memory_bytes", "Resident memory of the responder.", kGauge)
      .add(double(own.resident_bytes));
  Values(families, "process_cpu_seconds_total", "CPU time of the responder.", kCounter)
      .add(own.cpu_seconds);
  Values(families, "process_start_time_seconds", "When the responder was started.", kGauge)
      .add(own.start_time);
  Values(families, "process_threads", "Threads of the responder.", kGauge).add(double(own.threads));
}

}  // namespace

std::string_view name_of(Ending ending) {
  if (ending == Ending::kReturned) return "returned";
  return ending == Ending::kCancelled ? "cancelled" : error_type(ending);
}

std::string_view name_of(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::kWrongMethod:
      return "wrong_method";
    case RefusalReason::kBodyTooLarge:
      return "body_too_large";
    case RefusalReason::kBadRequest:
      return "bad_request";
    case RefusalReason::kOverloaded:
      return "overloaded";
    case RefusalReason::kShuttingDown:
      return "shutting_down";
    case RefusalReason::kInternal:
      return "internal";
  }
  return "";
}

struct Metrics::Instruments {
  explicit Instruments(const std::string& version);

  prom::Registry registry;
  std::array<std::array<prom::Counter*, kEndings>, kDialects> runs{};
  std::array<prom::Counter*, kEvidences> evidence{};
  prom::Counter* cpu = nullptr;
  std::array<prom::Counter*, kReasons> refusals{};
  prom::Counter* cancelled_waiting = nullptr;
  prom::Counter* cancelled_running = nullptr;
  prom::Histogram* queue = nullptr;
  prom::Histogram* start = nullptr;
  std::array<prom::Histogram*, kDialects> run{};

 private:
  void make_counters();
  void make_histograms();
};

Metrics::Instruments::Instruments(const std::string& version) {
  make_counters();
  make_histograms();
  prom::BuildGauge()
      .Name("python_executor_build_info")
      .Help("The version of the service.")
      .Register(registry)
      .Add({{"version", version}})
      .Set(1);
}

void Metrics::Instruments::make_counters() {
  auto& by_outcome = prom::BuildCounter()
                         .Name("python_executor_runs_total")
                         .Help("Runs by dialect and by how they ended.")
                         .Register(registry);
  for (std::size_t dialect = 0; dialect < kDialects; ++dialect) {
    for (std::size_t ending = 0; ending < kEndings; ++ending) {
      if (!ends_a_run(Ending(ending))) continue;
      runs[dialect][ending] = &by_outcome.Add({{"dialect", std::string(name_of(Dialect(dialect)))},
                                               {"outcome", std::string(name_of(Ending(ending)))}});
    }
  }
  auto& by_evidence = prom::BuildCounter()
                          .Name("python_executor_run_evidence_total")
                          .Help("Runs by what their ending was judged by.")
                          .Register(registry);
  for (std::size_t i = 0; i < kEvidences; ++i) {
    if (Evidence(i) == Evidence::kNone) continue;
    evidence[i] = &by_evidence.Add({{"evidence", std::string(name_of(Evidence(i)))}});
  }
  cpu = &prom::BuildCounter()
             .Name("python_executor_run_cpu_seconds_total")
             .Help("CPU time that runs have used.")
             .Register(registry)
             .Add({});
  auto& by_reason = prom::BuildCounter()
                        .Name("python_executor_refusals_total")
                        .Help("Requests to run something that came to no run, by reason.")
                        .Register(registry);
  for (std::size_t reason = 0; reason < kReasons; ++reason) {
    refusals[reason] = &by_reason.Add({{"reason", std::string(name_of(RefusalReason(reason)))}});
  }
  auto& by_stage = prom::BuildCounter()
                       .Name("python_executor_cancellations_total")
                       .Help("Clients that went away before their answer, by stage.")
                       .Register(registry);
  cancelled_waiting = &by_stage.Add({{"stage", "queue"}});
  cancelled_running = &by_stage.Add({{"stage", "run"}});
}

void Metrics::Instruments::make_histograms() {
  queue = &prom::BuildHistogram()
               .Name("python_executor_queue_seconds")
               .Help("Time that a job waited for a slot.")
               .Register(registry)
               .Add({}, kQueueBuckets);
  start = &prom::BuildHistogram()
               .Name("python_executor_start_seconds")
               .Help("Time from the slot to a worker that has the job.")
               .Register(registry)
               .Add({}, kStartBuckets);
  auto& by_dialect = prom::BuildHistogram()
                         .Name("python_executor_run_seconds")
                         .Help("Wall-clock time of runs.")
                         .Register(registry);
  for (std::size_t dialect = 0; dialect < kDialects; ++dialect) {
    run[dialect] =
        &by_dialect.Add({{"dialect", std::string(name_of(Dialect(dialect)))}}, kRunBuckets);
  }
}

Metrics::Metrics(const std::string& version)
    : instruments_(std::make_unique<Instruments>(version)) {}
Metrics::~Metrics() = default;

void Metrics::count_cpu(double seconds) {
  instruments_->cpu->Increment(seconds);
}

void Metrics::count_run(Dialect dialect, Ending ending, Evidence evidence, const JobTimes& times) {
  Instruments& all = *instruments_;
  if (prom::Counter* counter = all.evidence[index(evidence)]) counter->Increment();
  if (prom::Counter* counter = all.runs[index(dialect)][index(ending)]) counter->Increment();
  if (ending == Ending::kCancelled) all.cancelled_running->Increment();
  all.queue->Observe(times.queue);
  all.start->Observe(times.start);
  all.run[index(dialect)]->Observe(times.run);
}

void Metrics::count_unserved(Ending ending, double queue_seconds) {
  instruments_->queue->Observe(queue_seconds);
  if (ending == Ending::kCancelled) {
    instruments_->cancelled_waiting->Increment();
  } else {
    count_refusal(reason_of(ending));
  }
}

void Metrics::count_refusal(RefusalReason reason) {
  instruments_->refusals[index(reason)]->Increment();
}

std::string Metrics::text(const ServiceState& state) const {
  Families families = instruments_->registry.Collect();
  add_service(families, state);
  add_process(families);
  std::ostringstream text;
  prom::TextSerializer().Serialize(text, families);
  return text.str();
}

}  // namespace executor
