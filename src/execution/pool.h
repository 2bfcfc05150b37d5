// A set of workers that are ready before their requests come: one zygote in one jail, kept alive,
// with its own preloaded modules.
//
// Each pool has a thread of its own that starts the jail, proves each new zygote's sandbox with a
// canary before any job may use it, keeps workers ready, and, when the zygote is gone, starts a new
// jail, with growing pauses.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/result.h"
#include "execution/hang_detector.h"
#include "execution/lease.h"
#include "execution/loans.h"
#include "execution/verdict.h"
#include "execution/worker_handle.h"
#include "execution/worker_stock.h"
#include "jail/jail.h"
#include "telemetry/metrics.h"

namespace executor {

struct PoolOptions {
  std::string name;
  JailOptions jail;
  Setup setup;
  std::uint32_t ready = 4;     // workers kept ready
  Cgroups* cgroups = nullptr;  // where workers get theirs; null: they have none
  // A pool that has been idle this long lets its spare workers run the set's own warm-up script,
  // one at a time, so that a request that arrives meanwhile finds a free core.
  std::chrono::milliseconds warm_up_after{2};
};

class Pool {
 public:
  // Runs a canary on a worker of a zygote with that setup and judges the sandbox; a failure names
  // the missing facts.
  using Prove = std::function<Result<void>(const Worker&, const Setup&)>;
  // Called with one line of text when something goes wrong.
  using Report = std::function<void(const std::string&)>;

  Pool(PoolOptions options, Prove prove, Report report);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Starts the pool's thread.
  void start();
  // Waits until the first zygote is proven; a failure says why it could not be.
  Result<void> await_proven(Deadline deadline);

  // The best ready worker, or the first that becomes ready by the deadline.
  std::optional<Lease> acquire(Deadline deadline);

  // Proves the sandbox once more, on a worker like any other. If the proof fails, the zygote is
  // retired, its workers are discarded, and unhealthy_reason() gives the reason until the next
  // zygote is proven. Does nothing when there is no worker by the deadline: that is not this
  // proof's concern.
  void attest(Deadline deadline);

  // From now on acquire() fails, also for callers that already wait.
  void give_up();
  // Whether it has lent out a worker yet.
  [[nodiscard]] bool used() const;

  // Whether its first zygote has neither been proven nor failed yet.
  [[nodiscard]] bool starting() const;
  // Empty while there is a proven zygote, else why there is none.
  [[nodiscard]] std::string unhealthy_reason() const;
  [[nodiscard]] const PoolOptions& options() const { return options_; }
  // Why the runs have the service's user id; empty where each has its own, where that is not
  // wanted, and while there is no zygote yet.
  [[nodiscard]] std::string why_shared() const;
  // Whether the zygote cannot run, for instance because it was stopped or its cgroup is frozen: the
  // reason, else empty. Looks at it once, or for a tenth of a second where one look is not enough.
  // A zygote that stays stopped is replaced, whether or not a run needs it.
  [[nodiscard]] std::string stall_reason();
  // How much it has to do.
  struct Load {
    bool proven = false;
    std::size_t ready = 0, busy = 0;
  };
  [[nodiscard]] Load load() const;
  // For the metrics.
  [[nodiscard]] SetState state() const;

 private:
  friend class Lease;

  void supervise();
  Result<void> serve(const Jail& jail);
  Result<void> handle(FromJail from);
  Result<void> on_worker_started(Worker worker);
  void report(const std::string& text) const;
  void reset();
  void forget_ended_loans();
  bool pause(Clock::duration span);
  void on_worker_exited(const WorkerExited& exited);
  void maintain_cgroups();
  Result<void> check_stop();
  void wake();
  int wait_milliseconds();
  void warm_up_spare();
  void poll_workers();
  Result<void> check_overdue();
  [[nodiscard]] Setup promised() const;
  void retire(std::uint64_t generation, const Failure& why);
  void end_loan(std::uint64_t id, Lease::OnExit on_exit);
  Exit exit_of(const WorkerExited& exited);
  std::optional<Exit> await_exit(std::uint64_t id, Deadline deadline);

  const PoolOptions options_;
  const Prove prove_;
  const Report report_;
  UniqueFd wake_;  // eventfd(2): the thread is to look up
  std::thread thread_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  WorkerStock stock_;
  Loans loans_;
  Setup promised_;  // what the zygote's sandbox must prove to be
  std::string why_shared_;
  bool stopping_ = false;
  bool given_up_ = false;
  std::optional<Failure> retired_for_;  // why the current zygote must be replaced
  bool used_ = false;
  std::string unhealthy_reason_ = "starting";
  std::uint64_t failures_ = 0;             // starts that failed, in a row
  std::uint64_t generation_ = 0;           // zygotes so far
  bool swept_ = true;                      // no used cgroup is left to be removed
  bool sleeping_ = false;                  // the thread sleeps until it is woken
  std::uint64_t least_peak_ = UINT64_MAX;  // kilobytes: what a worker of this zygote holds at least
  Clock::time_point last_use_ = Clock::now();
  Clock::time_point next_look_;     // at those who owe an answer; the thread's own, as is the next
  HangDetector hang_detector_;      // of the zygote
  int zygote_ = -1;                 // its process id, once it has made a worker
  SetState counts_;                 // the counters, and the version of Python
  Clock::time_point last_proof_{};  // when there was one
  Clock::time_point ready_at_{};    // when the zygote was ready; the thread's own
};

}  // namespace executor
