// The service as a whole, without HTTP: jobs in, outcomes out.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "contract/request.h"
#include "execution/admission.h"
#include "execution/pool.h"
#include "execution/run.h"
#include "execution/verdict.h"

namespace executor {

// One preload set: the modules that its workers have imported already.
struct PreloadSet {
  std::string name;
  std::vector<std::string> modules;  // named in a script, they choose this set; empty: the rest
  std::vector<std::string> also;     // imported as well, but choosing nothing
  std::string warm_up;               // script in the function dialect for idle spare workers
  std::uint32_t ready = 4;           // workers kept ready
};

struct ServiceOptions {
  std::optional<Tier> tier;         // empty: the highest that attests
  Tier minimum_tier = Tier::kFull;  // below it nothing runs
  std::uint32_t workers = 4;        // runs at once
  std::uint32_t queue = 64;         // requests that may wait
  std::chrono::duration<double> queue_wait{10};
  RunLimits run;
  JailOptions jail;
  Setup setup;                   // without the preload list
  std::vector<PreloadSet> sets;  // at least one; the first without modules takes what names none
  CgroupMode cgroup = CgroupMode::kAuto;
};

struct Timings {
  Clock::duration queue{}, start{}, run{};
};

// One job's outcome. Whoever has it still holds the job's worker and slot: answer the client first,
// then let go.
struct Execution {
  Outcome outcome;
  Timings timings;
  std::string set;  // the preload set that ran it; empty when nothing ran
  Slot slot;        // given back when the worker has been told to end
  Lease lease;
};

// What a pool of the service is made with for one of its sets. The tier is options.setup's.
PoolOptions pool_options(const ServiceOptions& options, const PreloadSet& set);

class Service {
 public:
  using Report = Pool::Report;

  // `cgroups` are its workers' and outlive it; without any, memory is watched.
  Service(ServiceOptions options, Report report, Cgroups* cgroups = nullptr);

  // Settles the tier: the highest that may be used and with which every pool has proven its
  // sandbox. Each that was passed over is reported with the reason. From then on the tier stays the
  // same: what does not attest at it any longer is trouble.
  Result<void> start();
  // After start().
  [[nodiscard]] Tier tier() const { return tier_; }

  // Runs a job. Waits in the queue and for the run; never longer than the queue's wait, the
  // worker's start and the job's timeout together. `client_fd` and `observer` as in
  // run_job(): the latter hears of nothing when nothing runs.
  Execution execute(const Job& job, int client_fd, RunObserver* observer = nullptr);

  // Empty while a proven sandbox is ready to run scripts, else the reason.
  [[nodiscard]] std::string trouble() const;

  // For the metrics.
  [[nodiscard]] ServiceState state() const;
  [[nodiscard]] const RunLimits& limits() const { return options_.run; }

  // Refuses new jobs; those that run go on.
  void drain();

 private:
  Result<void> start(Tier tier);
  Pool& pool_for(std::string_view source);
  Execution run(const Job& job, Pool& pool, int client_fd, RunObserver* observer, Slot slot);

  ServiceOptions options_;
  Report report_;
  Cgroups* cgroups_;
  Admission admission_;
  Tier tier_ = Tier::kFull;
  std::atomic<bool> settled_ = false;  // whether tier_ is; until then a failure is not yet news
  std::vector<std::unique_ptr<Pool>> pools_;
};

}  // namespace executor
