#include "runner/uid_reaper.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "base/cpu_share.h"
#include "base/process_memory.h"
#include "runner/confinement.h"
#include "runner/namespaces.h"

namespace executor {
namespace {

// The shortest and the longest interval between looks at a run's memory and files.
constexpr auto kMeasureInterval = std::chrono::milliseconds(50);
constexpr auto kLongestMeasureInterval = 4 * kMeasureInterval;

// What a counter has found, as its exit status.
enum CounterFinding : int { kCounted = 0, kOverLimit = 1, kChanged = 2, kVanished = 4 };

void tell(const UniqueFd& lifeline, LimitExceeded excess) {
  const char word = static_cast<char>(excess);
  (void)::send(lifeline.get(), &word, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

void UidReaper::add(pid_t pid, std::uint64_t id, UidSlot slot, UniqueFd lifeline) {
  Entry& entry = entries_[pid];
  entry.id = id;
  entry.slot = std::move(slot);
  entry.limits = limits_;
  entry.lifeline = std::move(lifeline);
}

void UidReaper::watch(std::vector<pollfd>& events) const {
  for (const auto& [pid, entry] : entries_) {
    if (!entry.ending) events.push_back({entry.lifeline.get(), POLLIN, 0});
  }
}

int UidReaper::wait_milliseconds() const {
  const bool busy = std::any_of(entries_.begin(), entries_.end(), [](const auto& entry) {
    return entry.second.has_job && !entry.second.ending;
  });
  if (!busy) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_measure_ - Clock::now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

void UidReaper::check() {
  for (auto& [pid, entry] : entries_) {
    if (!entry.ending) hear(pid, entry);
  }
  const auto begun = Clock::now();
  if (begun < next_measure_) return;
  for (auto& [pid, entry] : entries_) {
    if (entry.has_job && !entry.ending) measure(pid, entry);
  }
  // Looking at many processes takes time: a tenth of all time should go into it. But no run may
  // delay the looks at the others for long.
  const auto now = Clock::now();
  next_measure_ = now + std::clamp<Clock::duration>(10 * (now - begun), kMeasureInterval,
                                                    kLongestMeasureInterval);
}

void UidReaper::hear(pid_t pid, Entry& entry) {
  JobBegins begins;
  const ssize_t size = ::recv(entry.lifeline.get(), &begins, sizeof begins, MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size == sizeof begins) {
    entry.has_job = true;
    entry.limits =
        lowered(entry.limits, LowerLimits{.memory = begins.memory, .scratch = begins.scratch});
  } else {
    end(pid, entry);
  }
}

void UidReaper::measure(pid_t pid, Entry& entry) {
  const std::vector<int> processes = processes_of_user(entry.slot.uid);
  share_cpu(entry, processes);
  const auto files = files_of(entry.slot, processes, limits_.scratch_inodes);
  if (holds_too_much(entry, processes)) {
    exceeded(pid, entry, LimitExceeded::kMemory);
  } else if (!files || files->bytes > entry.limits.scratch) {
    exceeded(pid, entry, LimitExceeded::kFiles);
  }
}

// Making other users' processes nicer takes their user id, or a capability that we do not have.
void UidReaper::share_cpu(Entry& entry, const std::vector<int>& processes) {
  const auto threads = threads_in(processes);
  const int least = entry.cpu.look(count_busy(threads));
  if (std::all_of(threads.begin(), threads.end(),
                  [least](const Thread& thread) { return thread.nice >= least; })) {
    return;
  }
  if (::seteuid(entry.slot.uid) != 0) return;
  (void)::setpriority(PRIO_USER, entry.slot.uid, least);
  if (::seteuid(0) != 0) ::abort();  // a zygote that is not root gives no ids
}

// Judges only by what is known at once; starts a count of the rest.
bool UidReaper::holds_too_much(Entry& entry, const std::vector<int>& processes) {
  const MemoryBound bound = bound_memory(processes);
  if (bound.bytes <= entry.limits.memory) {
    entry.judge.forget();
    return false;
  }
  if (entry.counter != 0) {
    return counts_too_long(entry.count_begun, "/proc/" + std::to_string(entry.counter));
  }
  if (Clock::now() >= entry.next_count) start_counter(entry, processes, bound);
  return false;
}

// If no clone can be made now, the next look tries again. The clone need not be killed: it waits
// only for locks of the run's processes, which end with the zygote.
void UidReaper::start_counter(Entry& entry, const std::vector<int>& processes,
                              const MemoryBound& bound) {
  auto cloned = clone_worker(0);
  if (!cloned) return;
  if (cloned->pid == 0) {
    ::prctl(PR_SET_NAME, "python-counter");
    const MemorySum sum = memory_of_slot(entry.slot, bound, entry.limits.memory);
    int finding = sum.bytes > entry.limits.memory ? kOverLimit : kCounted;
    if (processes_of_user(entry.slot.uid) != processes) finding |= kChanged;
    if (2 * sum.vanished > bound.of.size()) finding |= kVanished;
    ::_exit(finding);
  }
  entry.counter = cloned->pid;
  entry.counted = bound.of.size();
  entry.count_begun = Clock::now();
}

// Counting takes at most half of the time, but a run is not left alone for long.
void UidReaper::counted(pid_t pid, Entry& entry, int status) {
  const auto now = Clock::now();
  entry.counter = 0;
  entry.next_count =
      now + std::min<Clock::duration>(now - entry.count_begun, kLongestMeasureInterval);
  if (entry.ending || !WIFEXITED(status)) return;
  const int finding = WEXITSTATUS(status);
  const MemorySum sum{.bytes = (finding & kOverLimit) != 0 ? entry.limits.memory + 1 : 0,
                      .vanished = (finding & kVanished) != 0 ? entry.counted : 0,
                      .of = {}};
  const bool still = (finding & kChanged) == 0;
  const auto verdict = entry.judge.judge(sum, entry.counted, still, entry.limits.memory, now);
  if (verdict == MemoryVerdict::kOver) exceeded(pid, entry, LimitExceeded::kMemory);
}

void UidReaper::exceeded(pid_t pid, Entry& entry, LimitExceeded excess) {
  tell(entry.lifeline, excess);
  end(pid, entry);
}

// The process id is its own until we reap it.
void UidReaper::end(pid_t pid, Entry& entry) {
  entry.ending = true;
  if (entry.counter != 0) ::kill(entry.counter, SIGKILL);
  if (!entry.exited) ::kill(pid, SIGKILL);
}

Result<void> UidReaper::start_sweeper(pid_t worker, const UidSlot& slot) {
  auto cloned = clone_worker(0);
  if (!cloned) return cloned.error();
  if (cloned->pid == 0) {
    ::prctl(PR_SET_NAME, "python-sweeper");
    kill_and_wipe(slot);
  }
  sweepers_.emplace(cloned->pid, worker);
  return {};
}

Result<std::optional<WorkerExited>> UidReaper::reaped(pid_t pid, int status, const rusage& usage) {
  if (const auto worker = entries_.find(pid); worker != entries_.end()) {
    Entry& entry = worker->second;
    entry.ending = true;
    if (entry.counter != 0) ::kill(entry.counter, SIGKILL);
    entry.exited = exited_worker(entry.id, status, usage);
    if (auto started = start_sweeper(pid, entry.slot); !started) return started.error();
    return std::optional<WorkerExited>();
  }
  const auto counting = std::find_if(entries_.begin(), entries_.end(), [pid](const auto& entry) {
    return entry.second.counter == pid;
  });
  if (counting != entries_.end()) {
    counted(counting->first, counting->second, status);
    return std::optional<WorkerExited>();
  }
  auto sweeper = sweepers_.extract(pid);
  if (sweeper.empty()) return std::optional<WorkerExited>();  // an orphan of a run
  auto swept = entries_.extract(sweeper.mapped());
  if (status != 0) {
    return failure("sweep after a worker: the sweeper ended with status " + std::to_string(status));
  }
  ::shutdown(swept.mapped().lifeline.get(), SHUT_RDWR);
  if (auto free = slots_.give_back(swept.mapped().slot); !free) return free.error();
  return swept.mapped().exited;
}

}  // namespace executor
