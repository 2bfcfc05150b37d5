// A set of workers that are ready before their requests come: one zygote in one jail, with its own
// preloaded modules, that is kept alive (execution/zygote_keeper.h) and whose workers are lent to
// runs (execution/lending.h).
#pragma once

#include <optional>
#include <string>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/result.h"
#include "execution/lease.h"
#include "execution/lending.h"
#include "execution/pool_options.h"
#include "execution/zygote_keeper.h"
#include "telemetry/metrics.h"

namespace executor {

class Pool {
 public:
  using Attest = executor::Attest;
  // Called with one line of text when something goes wrong.
  using Report = Lending::Report;
  using Load = Lending::Load;

  // Throws std::system_error when there is no descriptor for it.
  Pool(PoolOptions options, Attest attest, const Report& report);
  ~Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Starts the pool's thread. Throws std::system_error when there can be none.
  void start() { keeper_.start(); }
  // Waits until the first zygote is attested; a failure says why it could not be.
  Result<void> await_attested(Deadline deadline) { return keeper_.await_attested(deadline); }

  // The best ready worker, or the first that becomes ready by the deadline.
  std::optional<Lease> acquire(Deadline deadline) { return lending_.acquire(deadline); }

  // Attests the sandbox again, on a worker like any other. If the attestation fails, the zygote is
  // retired, its workers are discarded, and unhealthy_reason() gives the reason until the next
  // zygote is attested. Does nothing when there is no worker by the deadline: that is not this
  // attestation's concern.
  void attest(Deadline deadline);

  // From now on acquire() fails, also for callers that already wait.
  void give_up() { lending_.give_up(); }
  // Whether it has lent out a worker yet.
  [[nodiscard]] bool used() const { return lending_.used(); }

  // Whether its first zygote has neither been attested nor failed yet.
  [[nodiscard]] bool starting() const { return keeper_.starting(); }
  // Empty while there is an attested zygote, else why there is none.
  [[nodiscard]] std::string unhealthy_reason() const { return keeper_.unhealthy_reason(); }
  [[nodiscard]] const PoolOptions& options() const { return options_; }
  // Why the runs have the service's user id; empty where each has its own, where that is not
  // wanted, and while there is no zygote yet.
  [[nodiscard]] std::string why_shared() const { return keeper_.why_shared(); }
  // Whether the zygote cannot run, for instance because it was stopped or its cgroup is frozen: the
  // reason, else empty. Looks at it once, or for a tenth of a second where one look is not enough.
  // A zygote that stays stopped is replaced, whether or not a run needs it.
  [[nodiscard]] std::string stall_reason() { return keeper_.stall_reason(); }
  // Whether it has an attested zygote and yet no worker, and has not got any for a while.
  [[nodiscard]] bool is_barren() const { return lending_.is_barren(); }
  // How much it has to do.
  [[nodiscard]] Load load() const { return lending_.load(); }
  // For the metrics.
  [[nodiscard]] SetState state() const;

 private:
  const PoolOptions options_;
  UniqueFd wake_;  // eventfd(2): the keeper's thread has something to do
  Lending lending_;
  ZygoteKeeper keeper_;
};

}  // namespace executor
