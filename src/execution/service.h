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
#include "execution/attester.h"
#include "execution/fleet.h"
#include "execution/options.h"
#include "execution/pool.h"
#include "execution/run.h"
#include "execution/verdict.h"

namespace executor {

struct Timings {
  Clock::duration queue{}, start{}, run{};
};

// One job's outcome. Whoever has it still holds the job's worker and slot: answer the client first,
// then let go.
struct Execution {
  Outcome outcome;
  Timings timings;
  std::string set;                 // the preload set that ran it; empty when nothing ran
  std::uint64_t memory_limit = 0;  // bytes; 0 when it did not come to a run
  Slot slot;                       // given back when the worker has been told to end
  std::shared_ptr<Pool> pool;      // the lease's
  Lease lease;
};

class Service {
 public:
  using Report = Pool::Report;

  // `cgroups` are its workers' and outlive it; without any, memory is watched.
  Service(ServiceOptions options, Report report, Cgroups* cgroups = nullptr);

  // Settles the tier: the highest that may be used and with which every pool has proven its
  // sandbox. Each that was passed over is reported with the reason. From then on the tier stays the
  // same: what does not attest at it any longer is trouble.
  Result<void> start();
  // Lets new pools, made with these options and proven, take over from those that serve. Running
  // jobs end where they have begun. On failure everything stays as it was. Takes seconds.
  Result<void> reload(const ServiceOptions& options);
  // After start().
  [[nodiscard]] Tier tier() const { return fleet_.current()->options.setup.tier; }

  // Runs a job. Waits in the queue and for the run; never longer than the queue's wait, the
  // worker's start and the job's timeout together. `client_fd` and `observer` as in
  // run_job(): the latter hears of nothing when nothing runs.
  Execution execute(const Job& job, int client_fd, RunObserver* observer = nullptr);

  // Empty while a proven sandbox is ready to run scripts, else the reason.
  [[nodiscard]] std::string trouble() const;

  // For the metrics.
  [[nodiscard]] ServiceState state() const;

  // Refuses new jobs; those that run go on.
  void drain();
  // After drain(): whether nothing runs any more, by the deadline.
  bool await_idle(Deadline deadline) { return admission_.await_idle(deadline); }
  // Ends what still runs; it is answered as kShuttingDown.
  void interrupt();

 private:
  Execution run(const Job& job, int client_fd, RunObserver* observer, Slot slot);
  std::optional<Lease> lease_from(Pool& pool, Deadline deadline) const;

  ServiceOptions options_;  // of the start
  Cgroups* cgroups_;
  Admission admission_;
  UniqueFd interrupt_;  // eventfd(2), readable once interrupt() was called
  std::atomic<bool> interrupted_ = false;
  Fleet fleet_;
  std::optional<Attester> attester_;  // once the fleet has settled
};

}  // namespace executor
