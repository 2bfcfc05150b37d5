// The workers of one zygote that wait for a job, and those that it was asked for: keeps as many as
// are wanted. Not thread-safe: the mutex of Lending guards it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "execution/idle_workers.h"
#include "execution/pending_spawns.h"
#include "execution/worker_handle.h"
#include "jail/jail.h"

namespace executor {

class WorkerStock {
 public:
  // Called with one line of text when something goes wrong.
  using Report = std::function<void(const std::string&)>;
  // Called when there is something to wait for that a sleeping thread does not wait for.
  using Wake = std::function<void()>;

  // `ready` workers are wanted. With a null `cgroups` they have no cgroup; else it outlives the
  // object.
  WorkerStock(std::uint32_t ready, CgroupSubtree* cgroups, Report report, Wake wake)
      : ready_(ready), pending_(cgroups), report_(std::move(report)), wake_(std::move(wake)) {}

  // A new zygote, which outlives its part in this: asks it for one worker, the canary's.
  Result<void> begin(const Jail& jail);
  // The zygote's sandbox is attested: from now on workers are asked for and lent.
  void open();
  // The zygote's sandbox is no longer attested: drops all workers.
  void close();
  // The zygote is gone, with all that is known of it.
  void end();

  [[nodiscard]] bool has_zygote() const { return jail_ != nullptr; }
  [[nodiscard]] bool is_open() const { return open_; }
  // Workers that wait for a job.
  [[nodiscard]] std::size_t size() const { return idle_.size(); }

  // Asks for as many workers as are missing.
  void replenish();
  // Asks a zygote that owes no answer for one, so that it is watched until it gives it.
  void demand_answer();

  // For each answer of the zygote: the cgroup of its worker. A failure when it owes none.
  Result<Cgroup> take_answer() { return pending_.complete_oldest(); }
  void add(Worker worker) { idle_.add(std::move(worker)); }
  // The zygote could not make a worker, for that errno. Reports why, unless it is empty.
  void count_failure(int error = 0, const std::string& why = {});
  // A worker has ended, which may have waited here. Call poll() before: it may have said why.
  void remove(std::uint64_t id);
  // The best worker. Call poll() before.
  std::optional<Worker> take() { return idle_.take(); }

  // Reads what the workers have sent. Whether one has announced itself.
  bool poll() { return apply(idle_.poll_announcements()); }
  // The same, and drops those that have owed an answer for too many of these calls in a row.
  bool expire_silent() { return apply(idle_.expire_silent()); }
  // Lets one that is ready run the set's own warm-up script, if no other runs it.
  void warm_up_one() { idle_.warm_up_one(); }
  // After a failure, once its pause is over.
  void retry();

  [[nodiscard]] bool zygote_owes_answer() const { return pending_.count() > 0; }
  [[nodiscard]] bool worker_owes_answer() const { return idle_.any_pending(); }
  // Whether the next worker is asked for after a pause, in retry().
  [[nodiscard]] bool is_pausing() const { return pausing_; }
  // Whether warm_up_one() has nothing left to do.
  [[nodiscard]] bool all_hot() const { return idle_.all_hot(); }
  // How often in a row the zygote could not make a worker, and whether the last time there was no
  // process, memory or descriptor for it, which may be no fault of the zygote's.
  [[nodiscard]] int failures() const { return failures_; }
  [[nodiscard]] bool is_short() const { return failures_ > 0 && shortage_; }
  // How often in a row there was no worker, for whatever reason.
  [[nodiscard]] int unmade() const { return unmade_; }
  // How often in all, of every zygote.
  [[nodiscard]] std::uint64_t all_failures() const { return all_failures_; }

 private:
  void pause(const std::string& why);
  bool apply(const IdleWorkers::Changes& changes);

  const std::uint32_t ready_;
  const Jail* jail_ = nullptr;
  bool open_ = false;
  PendingSpawns pending_;
  IdleWorkers idle_;
  bool pausing_ = false;
  int failures_ = 0;
  int unmade_ = 0;
  bool shortage_ = false;
  std::uint64_t all_failures_ = 0;
  const Report report_;
  const Wake wake_;
};

}  // namespace executor
