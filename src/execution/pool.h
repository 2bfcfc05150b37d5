// A set of workers that are ready before their requests come: one zygote in one jail, kept alive,
// with its own preloaded modules.
//
// Each pool has a thread of its own that starts the jail, proves each new zygote's sandbox with a
// canary before any job may use it, keeps workers ready, and starts again, more and more slowly,
// when the zygote is gone.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/result.h"
#include "execution/asked_workers.h"
#include "execution/silence.h"
#include "execution/spares.h"
#include "execution/verdict.h"
#include "execution/worker.h"
#include "jail/jail.h"
#include "telemetry/metrics.h"

namespace executor {

struct PoolOptions {
  std::string name;
  JailOptions jail;
  Setup setup;
  std::uint32_t ready = 4;     // workers kept ready
  Cgroups* cgroups = nullptr;  // where workers get theirs; none: they have none
  // A pool that has been idle this long lets its spare workers run the set's own warm-up script,
  // one at a time: a request that arrives meanwhile has a core left.
  std::chrono::milliseconds warm_up_after{2};
};

class Pool;

// A worker on loan for one job. Its end is the worker's: it is killed, and replaced.
class Lease {
 public:
  Lease() = default;
  Lease(Pool* pool, Worker worker) : pool_(pool), worker_(std::move(worker)) {}
  Lease(Lease&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)),
        worker_(std::move(other.worker_)),
        await_end_(other.await_end_) {}
  Lease& operator=(Lease&& other) noexcept;
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() { finish(); }

  explicit operator bool() const { return pool_ != nullptr; }
  [[nodiscard]] const Worker& worker() const { return worker_; }
  // How the worker's process ended; empty when nobody knows by the deadline.
  [[nodiscard]] std::optional<Exit> await_exit(Deadline deadline) const;
  // Makes the end of the loan wait until the worker's last process is gone.
  void await_end() { await_end_ = true; }

 private:
  void finish();

  Pool* pool_ = nullptr;
  Worker worker_;
  bool await_end_ = false;
};

class Pool {
 public:
  // Runs a canary on a worker of a zygote with that setup and judges the sandbox; a failure names
  // the missing facts.
  using Prove = std::function<Result<void>(const Worker&, const Setup&)>;
  // Told of what goes wrong, in one line.
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

  // Proves the sandbox once more, on a worker like any other. When it cannot be proven this is the
  // zygote's end: its workers are nobody's any more, and trouble() says why until the next zygote
  // is proven. Does nothing when there is no worker by the deadline, which has reasons of its own.
  void attest(Deadline deadline);

  // Nobody gets a worker any more, those included who wait for one.
  void give_up();
  // Whether it has lent any worker yet.
  [[nodiscard]] bool used() const;

  // Empty while a proven zygote is there, else why not.
  [[nodiscard]] std::string trouble() const;
  [[nodiscard]] const PoolOptions& options() const { return options_; }
  // For the metrics.
  [[nodiscard]] SetState state() const;

 private:
  friend class Lease;

  void supervise();
  Result<void> serve(const Jail& jail);
  Result<void> handle(const Jail& jail, FromJail from);
  Result<void> admit(const Jail& jail, Worker worker);
  void reset();
  bool pause(Clock::duration span);
  void forget(const WorkerExited& exited);
  void tend_cgroups();
  Result<void> look_up();
  void count_failed_spawn();
  void wake_if_dozing();
  int wait_milliseconds();
  void warm_up_spare();
  void take_in(const Spares::News& news);
  Result<void> look();
  void replenish();
  void condemn(std::uint64_t generation, const Failure& why);
  void end_loan(std::uint64_t id);
  std::optional<Exit> await_exit(std::uint64_t id, Deadline deadline);

  const PoolOptions options_;
  const Prove prove_;
  const Report report_;
  UniqueFd wake_;  // eventfd(2): the thread is to look up
  std::thread thread_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  const Jail* jail_ = nullptr;  // while it is being served
  bool proven_ = false;
  bool stopping_ = false;
  bool given_up_ = false;
  std::optional<Failure> condemned_;  // why the zygote that is there is to go
  bool used_ = false;
  std::string trouble_ = "starting";
  std::uint64_t failures_ = 0;    // starts that failed, in a row
  std::uint64_t generation_ = 0;  // zygotes so far
  AskedWorkers asked_;
  bool spawn_failed_ = false;  // the last one could not be made
  int failed_spawns_ = 0;      // in a row
  bool swept_ = true;          // no used cgroup is left to be removed
  bool dozing_ = false;        // the thread sleeps until it is woken
  Spares spares_;
  std::map<std::uint64_t, std::optional<Exit>> loans_;  // and its end once known
  Clock::time_point last_use_ = Clock::now();
  Clock::time_point next_look_;     // at those who owe an answer; the thread's own, as is the next
  Silence silence_;                 // of the zygote
  int zygote_ = -1;                 // its process id, once it has made a worker
  SetState counts_;                 // what it counts up, and the version of Python
  Clock::time_point last_proof_{};  // when there was one
};

}  // namespace executor
