// Keeps one zygote alive, in a thread of its own: starts the jail, attests each new zygote's
// sandbox with a canary before any job may use it, sees to it that it keeps workers ready, and,
// when it is gone, hangs or is no sandbox any more, starts a new jail, with growing pauses.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/deadline.h"
#include "base/result.h"
#include "execution/hang_detector.h"
#include "execution/lending.h"
#include "execution/pool_options.h"
#include "execution/verdict.h"
#include "execution/worker_handle.h"
#include "jail/jail.h"
#include "telemetry/metrics.h"

namespace executor {

class ZygoteKeeper {
 public:
  using Report = Lending::Report;

  // `options` and `lending`, which gets the workers, outlive the object, as does `wake`, the
  // eventfd(2) that wakes the thread.
  ZygoteKeeper(const PoolOptions& options, int wake, Lending& lending, Attest attest,
               Report report);
  // Ends the zygote.
  ~ZygoteKeeper();
  ZygoteKeeper(const ZygoteKeeper&) = delete;
  ZygoteKeeper& operator=(const ZygoteKeeper&) = delete;

  // Starts the thread. Throws std::system_error when there can be none.
  void start();

  // The functions of execution/pool.h, which explains them.
  Result<void> await_attested(Deadline deadline);
  [[nodiscard]] bool starting() const;
  [[nodiscard]] std::string unhealthy_reason() const;
  [[nodiscard]] std::string why_shared() const;
  [[nodiscard]] std::string stall_reason();

  // Attests the sandbox again, on a lent worker, which is used up by it.
  void attest_again(const Worker& worker);
  // What is counted of its zygotes.
  [[nodiscard]] SetState state() const;

 private:
  void supervise();
  bool pause(Clock::duration span);
  Result<void> serve(const Jail& jail);
  Result<void> begin(const Jail& jail);
  Result<void> check_stop();
  Result<void> check_overdue();
  void maintain_cgroups();
  Result<void> handle(FromJail from);
  Result<void> on_worker_started(std::uint64_t id, std::vector<UniqueFd> fds);
  Result<void> on_worker_failed(const ZygoteFailed& failed);
  void on_worker_exited(const WorkerExited& exited);
  Result<void> attest_canary(const Worker& canary);
  Exit exit_of(const WorkerExited& exited);
  [[nodiscard]] Setup promised() const;
  [[nodiscard]] bool has_not_decided() const;
  void retire(std::uint64_t worker, const Failure& why);

  const PoolOptions& options_;
  const int wake_;
  Lending& lending_;
  const Attest attest_;
  const Report report_;
  std::thread thread_;

  // The thread's own.
  HangDetector hang_detector_;
  Clock::time_point next_look_;            // at those that owe an answer
  Clock::time_point ready_at_{};           // when the zygote was ready
  std::uint64_t least_peak_ = UINT64_MAX;  // kilobytes: what a worker of this zygote holds at least
  bool swept_ = true;                      // no used cgroup is left to be removed

  mutable std::mutex mutex_;  // of what follows; lending_ may be used with it held
  std::condition_variable changed_;
  bool stopping_ = false;
  std::string unhealthy_reason_ = "starting";  // empty: the sandbox is attested
  std::uint64_t failures_ = 0;                 // starts that failed, in a row
  std::optional<Failure> retired_for_;         // why the current zygote must be replaced
  Setup promised_;  // what the attestation must find of the zygote's sandbox
  std::string why_shared_;
  int zygote_ = -1;                       // its process id, once it has made a worker
  SetState counts_;                       // the counters, and the version of Python
  Clock::time_point last_attestation_{};  // when there was one
};

}  // namespace executor
