#include "execution/resource_watch.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/process_memory.h"
#include "resources/network_memory.h"

namespace executor {
namespace {

// The shortest and the longest interval between looks.
constexpr auto kInterval = std::chrono::milliseconds(50);
constexpr auto kLongestInterval = std::chrono::milliseconds(200);

}  // namespace

void ResourceWatch::start(Clock::time_point now) {
  next_look_ = now + kInterval;
}

// Looking at many processes takes time: a tenth of all time should go into it. But the interval
// must not be so long that a run with many can hold more than its share meanwhile.
bool ResourceWatch::look() {
  const auto begun = Clock::now();
  if (!std::exchange(looked_, true)) oom_kills_before_ = refresh_oom_kills();
  if (is_watched_by_zygote(worker_)) {
    next_look_ = Clock::time_point::max();
    return false;
  }
  const int pid = host_pid(worker_);
  const bool too_much = pid > 0 && holds_too_much(pid);
  const auto now = Clock::now();
  next_look_ = now + std::clamp<Clock::duration>(10 * (now - begun), kInterval, kLongestInterval);
  return too_much;
}

// Data queued in sockets is counted even where a cgroup counts memory: the cgroup leaves it out.
bool ResourceWatch::holds_too_much(int pid) {
  const std::uint64_t queued = network_memory(pid, memory_limit_);
  if (queued > memory_limit_) return true;
  if (worker_.cgroup) return false;
  std::vector<int> tree = process_tree(pid);
  share_cpu(tree);
  return memory_.look(std::move(tree), memory_limit_ - queued);
}

// Threads that have made themselves nicer stay so: we may not undo it. A failure means that the
// thread has ended.
void ResourceWatch::share_cpu(const std::vector<int>& processes) {
  const auto threads = threads_in(processes);
  const int least = cpu_.look(count_busy(threads));
  for (const Thread& thread : threads) {
    if (thread.nice < least) (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(thread.id), least);
  }
}

}  // namespace executor
