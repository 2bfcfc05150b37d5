// Lends to runs the workers that one zygote after another makes, and says how they ended. Between
// the threads of the runs and the one that keeps the zygote (execution/zygote_keeper.h):
// thread-safe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/result.h"
#include "execution/lease.h"
#include "execution/loans.h"
#include "execution/pool_options.h"
#include "execution/worker_handle.h"
#include "execution/worker_stock.h"
#include "jail/jail.h"

namespace executor {

class Lending {
 public:
  using Report = WorkerStock::Report;

  // `options` outlives the object; `wake` is an eventfd(2), written when the keeper's thread, which
  // sleeps, has something to wait for.
  Lending(const PoolOptions& options, int wake, Report report);
  Lending(const Lending&) = delete;
  Lending& operator=(const Lending&) = delete;

  // For runs.

  // The best ready worker, or the first that becomes ready by the deadline.
  std::optional<Lease> acquire(Deadline deadline);
  // From now on acquire() fails, also for callers that already wait.
  void give_up();
  // Whether it has lent out a worker yet.
  [[nodiscard]] bool used() const;
  // How much it has to do.
  struct Load {
    bool attested = false;  // the zygote's sandbox
    std::size_t ready = 0, busy = 0;
    std::uint64_t failed_workers = 0;  // that could not be made, of all zygotes
  };
  [[nodiscard]] Load load() const;
  // What a lease asks.
  void end_loan(std::uint64_t id, Lease::OnExit on_exit);
  std::optional<Exit> await_exit(std::uint64_t id, Deadline deadline);

  // For the keeper of the zygote, in the order of a zygote's life. Ids are the zygote's own.

  // A new zygote, which outlives its part in this: asks it for one worker, the canary's.
  Result<void> begin(const Jail& jail);
  // Its sandbox is attested: from now on workers are asked for and lent.
  void open();
  [[nodiscard]] bool is_open() const;
  // It has made the worker that it was asked for first, or could not, for that errno. A failure
  // when it was not asked for any.
  Result<Worker> answered(std::uint64_t id, std::vector<UniqueFd> fds);
  Result<void> answered(int error, const std::string& why);
  // The worker waits for a job from now on.
  void add(Worker worker);
  // One has ended. Returns what is to be called with that; may be empty.
  Lease::OnExit exited(std::uint64_t id, const Exit& exit);
  // Asks a zygote that owes no answer for one, so that it is watched until it gives it.
  void demand_answer();
  // Drops those workers that have owed an answer for too many of these calls in a row. Whether the
  // zygote owes one.
  bool expire_silent();
  // Nothing has happened for a while: time to warm one spare worker with the set's own script.
  void warm_up_spare();
  // Whether no worker is ready, none runs, and for a while none could be made.
  [[nodiscard]] bool is_barren() const;
  // How often in a row the zygote could not make a worker. 0 while runs of it are under way that
  // its end would end, if it is processes, memory or descriptors that it lacks.
  [[nodiscard]] int failures() const;
  // How long the keeper's thread may sleep, in milliseconds: without end (-1), unless something is
  // due that no message announces. `next_look` is when those that owe an answer are looked at;
  // `swept` says that no used cgroup is left to be removed.
  int wait_milliseconds(Clock::time_point next_look, bool swept);
  // The sandbox of the zygote that has made the worker `id` (a Worker's) is not one. False when
  // that zygote is gone already.
  bool close(std::uint64_t id);
  // The zygote is gone. Whether any of its workers has announced itself.
  bool end();
  // Then: it is no longer known how its workers ended.
  void forget_ended_loans();

 private:
  void poll_workers();
  void wake();
  [[nodiscard]] std::uint64_t unique_id(std::uint64_t id) const;
  [[nodiscard]] bool is_current(std::uint64_t unique) const;

  const PoolOptions& options_;
  const int wake_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  WorkerStock stock_;
  Loans loans_;
  std::uint64_t generation_ = 0;  // zygotes so far
  bool sealed_ = false;           // a worker of this zygote has announced itself
  bool given_up_ = false;
  bool used_ = false;
  bool sleeping_ = false;  // the keeper's thread sleeps until it is woken
  Clock::time_point last_use_ = Clock::now();
};

}  // namespace executor
