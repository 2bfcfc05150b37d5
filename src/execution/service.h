// The service as a whole, without HTTP: jobs in, outcomes out.
#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "contract/request.h"
#include "execution/admission.h"
#include "execution/attestation_timer.h"
#include "execution/options.h"
#include "execution/pool.h"
#include "execution/pool_set.h"
#include "execution/run.h"
#include "execution/verdict.h"

namespace executor {

struct Timings {
  Clock::duration queue{}, start{}, run{};
};

// Who wants a job done.
struct Caller {
  int connection = -1;  // to the client, whose leaving ends its runs; -1: none
  std::string key{};    // those who wait are served in rotation, one for each key
  Clock::time_point arrived = Clock::now();
};

// One job's outcome. It still holds the job's worker and slot: answer the client first, then
// destroy it.
struct Execution {
  Outcome outcome;
  Timings timings;
  std::string set;                 // the preload set that ran it; empty when nothing ran
  std::uint64_t memory_limit = 0;  // bytes; 0 when it did not come to a run
  HeldMemory memory;               // of what the worker has said, and the answer
  Slot slot;                       // given back once the worker has been killed
  std::shared_ptr<Pool> pool;      // the lease's
  Lease lease;
};

class Service {
 public:
  using Report = Pool::Report;

  // `cgroups` are its workers'; without any, their memory is watched. `memory` counts what is held
  // of their output; without it, nothing does. Both outlive the service.
  Service(ServiceOptions options, Report report, CgroupSubtree* cgroups = nullptr,
          MemoryBudget* memory = nullptr);

  // Starts the pools of the highest tier that may be used, and returns when the first of them has
  // attested its sandbox (options.serve_after: when all have). The others follow: jobs that need
  // them wait in the queue. Each tier that was skipped is reported with the reason.
  Result<void> start();
  // After start(): waits until every pool has attested its sandbox. Where one cannot, those of the
  // next lower tier take over; a failure says why there is none, and then the service must end.
  // From then on the tier is fixed: a pool that no longer attests at it is reported by
  // unhealthy_reason().
  Result<void> await_all_sets() const;
  // After start(): the names of the sets that are not attested yet.
  [[nodiscard]] std::vector<std::string> starting_sets() const;
  // Lets new pools, made with these options and attested, take over from those that serve. Running
  // jobs finish in the pools where they began. On failure nothing changes. Takes seconds.
  Result<void> reload(const ServiceOptions& options);
  // After start().
  [[nodiscard]] Tier tier() const { return pools_.current()->options.setup.tier; }

  // What serves now: another object after each reload. After start().
  [[nodiscard]] std::shared_ptr<const Generation> generation() const { return pools_.current(); }
  // The modules that choose a preload set, and so are imported already; sorted.
  [[nodiscard]] std::vector<std::string> preloaded() const;

  // Runs a request's job. Waits in the queue and for the run; never longer than the queue's wait
  // (or the request's patience), the worker's start and the run's timeout together. `observer` is
  // not called when nothing runs.
  Execution execute(const RunRequest& request, const Caller& caller,
                    RunObserver* observer = nullptr);

  // How one of several runs went.
  using RunDone = std::function<void(std::size_t index, Execution)>;
  // The same for each of the request's runs, in parallel as slots become free; other waiters take
  // turns with all of these together. Calls `done` once for each, from several
  // threads and in any order, and `waits` now and then while none of them may begin. Returns when
  // all are done; what it returns is how the request was refused, if it was: then nothing is
  // called.
  std::optional<Execution> execute_all(const RunRequest& request, const Caller& caller,
                                       const RunDone& done, const std::function<void()>& waits);

  // Empty while an attested sandbox is ready to run scripts, else the reason.
  [[nodiscard]] std::string unhealthy_reason() const;

  // For the metrics.
  [[nodiscard]] ServiceState state() const;

  // Refuses new jobs; running ones continue.
  void drain();
  [[nodiscard]] bool is_draining() const { return admission_.is_closed(); }
  // After drain(): whether nothing runs any more, by the deadline.
  bool await_idle(Deadline deadline) { return admission_.await_idle(deadline); }
  // Ends what still runs; it is answered as kShuttingDown.
  void interrupt();

 private:
  Execution run(const RunRequest& request, int client_fd, const RunSurroundings& around, Slot slot);
  Execution run_or_fail(const RunRequest& request, const Caller& caller, std::size_t index,
                        Slot slot);
  Admission::Entry enter(const RunRequest& request, const Caller& caller, Clock::time_point from,
                         bool again);
  void read_files(const Job& job, const JobInputs* own, int directory, const Lease& ended,
                  Execution& execution);
  [[nodiscard]] Admission::MayRun may_run(const Job& job) const;
  [[nodiscard]] std::size_t set_of(const Generation& generation, const Job& job) const;
  std::optional<Lease> lease_from(Pool& pool, Deadline deadline) const;
  std::optional<Lease> lease_from(const Generation& generation, std::size_t set,
                                  std::shared_ptr<Pool>& pool, Deadline deadline) const;

  ServiceOptions options_;  // of the start
  CgroupSubtree* cgroups_;
  MemoryBudget* memory_;
  Admission admission_;
  UniqueFd interrupt_;  // eventfd(2), readable once interrupt() was called
  std::atomic<bool> interrupted_ = false;
  PoolSet pools_;
  std::optional<AttestationTimer> attestation_timer_;  // once a pool is attested
  std::atomic<bool> all_attested_ = false;
  std::shared_future<Result<void>> settled_;  // of the start; destroyed first, which waits for it
};

}  // namespace executor
