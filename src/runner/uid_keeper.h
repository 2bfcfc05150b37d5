// The workers of a zygote in the tier uid, from their start until nothing is left of them.
//
// Without a PID namespace a worker's end is not the end of what it started. So the order is: the
// worker itself is killed and reaped; a sweeper, a clone with the seat's rights, kills the rest,
// which the zygote reaps as their nearest subreaper, and removes the files; then the lifeline is
// shut down, the end is reported, and the seat is free.
#pragma once

#include <poll.h>
#include <sys/resource.h>

#include <map>
#include <optional>
#include <vector>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/result.h"
#include "runner/uid_seats.h"
#include "wire/control.h"
#include "wire/lifeline.h"

namespace executor {

class UidKeeper {
 public:
  UidKeeper(const UidSlice& slice, const SandboxLimits& limits) : seats_(slice), limits_(limits) {}

  // A seat for a new worker: add() it, or give it back unused.
  Result<Seat> take() { return seats_.take(); }
  void give_back(const Seat& seat) { (void)seats_.give_back(seat); }
  // A started worker; `lifeline` is our end (wire/lifeline.h).
  void add(pid_t pid, std::uint64_t id, Seat seat, UniqueFd lifeline);

  // What to wait for beside one's own: descriptors, and a time, in milliseconds (-1: for ever).
  void watch(std::vector<pollfd>& events) const;
  [[nodiscard]] int wait_milliseconds() const;
  // After the wait: hears what the lifelines say, and counts what is used, when that is due.
  void look();

  // A child of this process that wait4(2) told of. What is to be reported, once nothing is left.
  // A failure means that something could not be removed: the zygote must go, for its ids cannot be
  // used again.
  Result<std::optional<WorkerExited>> reaped(pid_t pid, int status, const rusage& usage);

 private:
  struct Kept {
    std::uint64_t id = 0;
    Seat seat;
    UniqueFd lifeline;
    bool has_job = false;
    bool ending = false;
    std::optional<WorkerExited> exited;  // the worker itself is gone
  };

  void hear(pid_t pid, Kept& kept);
  void measure(pid_t pid, Kept& kept);
  static void end(pid_t pid, Kept& kept);
  Result<void> start_sweeper(pid_t worker, const Seat& seat);

  UidSeats seats_;
  SandboxLimits limits_;
  std::map<pid_t, Kept> kept_;       // by the worker's process id
  std::map<pid_t, pid_t> sweepers_;  // sweeper to worker
  Clock::time_point next_measure_ = Clock::now();
};

// A worker's end as wait4(2) tells it.
WorkerExited exited_worker(std::uint64_t id, int status, const rusage& usage);

}  // namespace executor
