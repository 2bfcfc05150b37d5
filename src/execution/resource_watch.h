// What a run holds of memory and takes of the CPU, looked at while it runs. The memory is the
// service's own count where no cgroup counts; the CPU is shared out here where no cgroup does.
#pragma once

#include <cstdint>
#include <vector>

#include "base/cpu_share.h"
#include "base/deadline.h"
#include "execution/worker_handle.h"
#include "resources/memory_watch.h"
#include "resources/oom_kills.h"

namespace executor {

class ResourceWatch {
 public:
  // The worker outlives the object. `memory_limit` is the run's, in bytes.
  ResourceWatch(const Worker& worker, std::uint64_t memory_limit)
      : worker_(worker), memory_limit_(memory_limit) {}

  // The run has begun.
  void start(Clock::time_point now);
  // When to look next.
  [[nodiscard]] Clock::time_point next_look() const { return next_look_; }
  // Whether the run holds too much memory.
  bool look();
  // Whether the kernel has killed a process of the machine for memory since the run's first look,
  // or since a run before it. Costs a tenth of a millisecond.
  [[nodiscard]] bool has_machine_killed() const { return read_oom_kills() > oom_kills_before_; }

 private:
  bool holds_too_much(int pid);
  void share_cpu(const std::vector<int>& processes);

  const Worker& worker_;
  std::uint64_t memory_limit_;
  Clock::time_point next_look_;
  std::uint64_t oom_kills_before_ = last_oom_kills();
  MemoryWatch memory_;
  CpuShare cpu_;
  bool looked_ = false;
};

}  // namespace executor
