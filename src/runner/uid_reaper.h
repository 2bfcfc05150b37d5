// The workers of a zygote in the tier uid, from their start until nothing is left of them.
//
// Without a PID namespace, what a worker started may outlive it. So the order is: the worker itself
// is killed and reaped; a sweeper, a clone with the slot's rights, kills the rest,
// which the zygote reaps as their nearest subreaper, and removes the files; then the lifeline is
// shut down, the end is reported, and the slot is free. A sweep that could not be started, or whose
// sweeper was killed, is tried again, and the slot stays taken until then.
//
// Once a process has been reaped, the kernel may give its id to any other. So nothing here is found
// by the id of a process that has been reaped.
//
// The zygote serves all runs, so it does only work that no run can make slow, and little at a time.
// The exact sum of a run's memory, which is slow and can be held up by the run, and many files or
// descriptors, are counted by a clone of its own.
#pragma once

#include <poll.h>
#include <sys/resource.h>

#include <map>
#include <optional>
#include <vector>

#include "base/cpu_share.h"
#include "base/deadline.h"
#include "base/fd.h"
#include "base/memory_count.h"
#include "base/observed_start.h"
#include "base/result.h"
#include "runner/uid_slots.h"
#include "runner/unix_queues.h"
#include "wire/control.h"
#include "wire/lifeline.h"
#include "wire/lower_limits.h"

namespace executor {

class UidReaper {
 public:
  UidReaper(const UidSlice& slice, const SandboxLimits& limits) : slots_(slice), limits_(limits) {}

  // A slot for a new worker: add() it, or give it back unused.
  Result<UidSlot> take() { return slots_.take(); }
  void give_back(const UidSlot& slot) { (void)slots_.give_back(slot); }
  // A started worker; `lifeline` is our end (wire/lifeline.h).
  void add(pid_t pid, std::uint64_t id, UidSlot slot, UniqueFd lifeline);

  // watch() appends the lifelines to `events`; wait_milliseconds() is the poll timeout (-1: none).
  void watch(std::vector<pollfd>& events) const;
  [[nodiscard]] int wait_milliseconds() const;
  // After the wait: reads the lifelines. When it is due, sweeps again and counts what is used.
  void check();

  // For a child of this process that wait4(2) has returned. The report to send, once nothing is
  // left. A failure means that something could not be removed: the zygote must end, because its ids
  // cannot be used again.
  Result<std::optional<WorkerExited>> reaped(pid_t pid, int status, const rusage& usage);

 private:
  // What a clone is to count.
  struct Count {
    MemoryBound bound;
    std::uint64_t queued = 0;  // bytes in sockets
    bool memory = false;
    bool files = false;
  };
  struct Entry {
    std::uint64_t id = 0;
    UidSlot slot;
    UniqueFd lifeline;
    SandboxLimits limits;  // the job's own, once there is one
    bool has_job = false;
    bool ending = false;
    CpuShare cpu;
    std::size_t threads = 0;  // at the last look
    MemoryJudge judge;
    pid_t counter = 0;  // the clone that counts for the run, if there is one
    Count count;        // what it counts
    Clock::time_point count_begun;
    ObservedStart count_looked{Clock::time_point()};
    Clock::time_point next_count;
  };

  // A worker that was reaped, of which something may be left.
  struct Ended {
    WorkerExited exited;
    UidSlot slot;
    UniqueFd lifeline;
  };

  void read_lifeline(pid_t pid, Entry& entry);
  [[nodiscard]] bool is_looking() const;
  void begin_round();
  void look(Clock::time_point begun);
  void measure(pid_t pid, Entry& entry, const std::vector<int>& processes);
  static void share_cpu(Entry& entry, const std::vector<int>& processes);
  std::uint64_t queued_of(uid_t user);
  void start_counter(Entry& entry, const std::vector<int>& processes, Count wanted);
  [[nodiscard]] int finding_of(const Entry& entry, const std::vector<int>& processes,
                               const Count& wanted) const;
  void counted(pid_t pid, Entry& entry, int status);
  static void exceeded(pid_t pid, Entry& entry, LimitExceeded excess);
  static void end(pid_t pid, Entry& entry);
  void worker_ended(pid_t pid, const WorkerExited& exited);
  void sweep(Ended ended);
  void sweep_later(Ended ended);
  void sweep_again();
  Result<std::optional<WorkerExited>> swept(Ended ended, int status);

  UidSlots slots_;
  SandboxLimits limits_;
  UnixQueues queues_;
  std::map<pid_t, Entry> entries_;   // by the worker's process id
  std::map<pid_t, Ended> sweeping_;  // by the sweeper's
  std::vector<Ended> unswept_;       // those without a sweeper, which wait for one
  Clock::time_point next_sweep_;
  // Of this round of looks: workers whose runs are still to be looked at, bytes in sockets once
  // they are known, and the time it has taken.
  std::vector<pid_t> to_share_, to_measure_;
  std::optional<std::map<uid_t, std::uint64_t>> queued_;
  Clock::duration looked_for_{};
  Clock::time_point next_measure_ = Clock::now();
};

}  // namespace executor
