#include "runner/uid_reaper.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "base/cpu_share.h"
#include "base/process_memory.h"
#include "runner/confinement.h"
#include "runner/namespaces.h"

namespace executor {
namespace {

// The shortest and the longest interval between looks at a run's memory and files.
constexpr auto kMeasureInterval = std::chrono::milliseconds(50);
constexpr auto kLongestMeasureInterval = 4 * kMeasureInterval;
// How soon a sweep is tried again.
constexpr auto kSweepInterval = std::chrono::milliseconds(100);
// How long the zygote looks before it does what it was asked for meanwhile.
constexpr auto kSlice = std::chrono::milliseconds(10);
// What takes no more than a few milliseconds to count. Each thread may have descriptors of its own.
constexpr std::size_t kFewThreads = 4;
constexpr std::uint64_t kFewFiles = 512;

// What a counter has found, as its exit status.
enum CounterFinding : int {
  kCounted = 0,
  kOverLimit = 1,  // of memory
  kChanged = 2,
  kVanished = 4,
  kTooManyFiles = 8,
};

void report(const UniqueFd& lifeline, LimitExceeded excess) {
  const char word = static_cast<char>(excess);
  (void)::send(lifeline.get(), &word, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int milliseconds_until(Clock::time_point time) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(time - Clock::now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
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
  if (is_looking()) return 0;
  const bool busy = std::any_of(entries_.begin(), entries_.end(), [](const auto& entry) {
    return entry.second.has_job && !entry.second.ending;
  });
  if (unswept_.empty()) return busy ? milliseconds_until(next_measure_) : -1;
  return milliseconds_until(busy ? std::min(next_measure_, next_sweep_) : next_sweep_);
}

void UidReaper::check() {
  for (auto& [pid, entry] : entries_) {
    if (!entry.ending) read_lifeline(pid, entry);
  }
  sweep_again();
  const auto begun = Clock::now();
  if (!is_looking()) {
    if (begun < next_measure_) return;
    begin_round();
  }
  look(begun);
  looked_for_ += Clock::now() - begun;
  if (is_looking()) return;
  // Looking at many processes takes time: a tenth of all time should go into it. But no run may
  // delay the looks at the others for long.
  next_measure_ = Clock::now() + std::clamp<Clock::duration>(10 * looked_for_, kMeasureInterval,
                                                             kLongestMeasureInterval);
}

bool UidReaper::is_looking() const {
  return !to_share_.empty() || !to_measure_.empty();
}

void UidReaper::begin_round() {
  for (const auto& [pid, entry] : entries_) {
    if (entry.has_job && !entry.ending) to_share_.push_back(pid);
  }
  to_measure_ = to_share_;
  queued_.reset();
  looked_for_ = {};
}

// Looks at as many workers as fit into a slice of time, at least one. CPU priorities are adjusted
// first, for all runs at once: until then, runs with many processes leave us little CPU.
void UidReaper::look(Clock::time_point begun) {
  if (!is_looking()) return;
  const auto processes = processes_of_users();
  bool sharing = false;
  do {
    sharing = !to_share_.empty();
    std::vector<pid_t>& due = sharing ? to_share_ : to_measure_;
    const auto entry = entries_.find(due.back());
    due.pop_back();
    if (entry == entries_.end() || entry->second.ending) continue;
    const auto found = processes.find(entry->second.slot.uid);
    const auto own = found == processes.end() ? std::vector<int>() : found->second;
    if (sharing) {
      share_cpu(entry->second, own);
    } else {
      measure(entry->first, entry->second, own);
    }
  } while (is_looking() && (sharing || Clock::now() - begun < kSlice));
}

// In sockets, of each user, looked up once in a round.
std::uint64_t UidReaper::queued_of(uid_t user) {
  if (!queued_) {
    std::uint64_t least = limits_.memory;
    for (const auto& [pid, entry] : entries_) {
      if (entry.has_job) least = std::min(least, entry.limits.memory);
    }
    queued_ = queues_.look(least);
  }
  const auto queued = queued_->find(user);
  return queued == queued_->end() ? 0 : queued->second;
}

void UidReaper::read_lifeline(pid_t pid, Entry& entry) {
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

// Judges only by what is known at once; has the rest counted.
void UidReaper::measure(pid_t pid, Entry& entry, const std::vector<int>& processes) {
  Count wanted{.bound = bound_memory(processes),
               .queued = queued_of(entry.slot.uid),
               .memory = false,
               .files = true};
  if (wanted.queued > entry.limits.memory) return exceeded(pid, entry, LimitExceeded::kMemory);
  wanted.memory = wanted.bound.bytes + wanted.queued > entry.limits.memory;
  if (!wanted.memory) entry.judge.forget();
  if (entry.counter != 0) {
    const std::string task = "/proc/" + std::to_string(entry.counter);
    if (!counts_too_long(entry.count_looked.at_look(), task)) return;
    return exceeded(pid, entry,
                    entry.count.memory ? LimitExceeded::kMemory : LimitExceeded::kFiles);
  }
  if (entry.threads <= kFewThreads) {
    const auto few = std::min(kFewFiles, limits_.scratch_inodes);
    const auto files = files_of(entry.slot, processes, few);
    if (files && files->bytes > entry.limits.scratch) {
      return exceeded(pid, entry, LimitExceeded::kFiles);
    }
    wanted.files = !files;
  }
  const bool count = wanted.memory || wanted.files;
  if (count && Clock::now() >= entry.next_count) {
    start_counter(entry, processes, std::move(wanted));
  }
}

// Making other users' processes nicer takes their user id, or a capability that we do not have.
void UidReaper::share_cpu(Entry& entry, const std::vector<int>& processes) {
  const auto threads = threads_in(processes);
  entry.threads = threads.size();
  const int least = entry.cpu.look(count_busy(threads));
  if (std::all_of(threads.begin(), threads.end(),
                  [least](const Thread& thread) { return thread.nice >= least; })) {
    return;
  }
  if (::seteuid(entry.slot.uid) != 0) return;
  (void)::setpriority(PRIO_USER, entry.slot.uid, least);
  if (::seteuid(0) != 0) ::abort();  // a zygote that is not root gives no ids
}

// If no clone can be made now, the next look tries again. The clone need not be killed: it waits
// only for locks of the run's processes, which end with the zygote.
void UidReaper::start_counter(Entry& entry, const std::vector<int>& processes, Count wanted) {
  auto cloned = clone_worker(0);
  if (!cloned) return;
  if (cloned->pid == 0) {
    ::prctl(PR_SET_NAME, "python-counter");
    ::_exit(finding_of(entry, processes, wanted));
  }
  entry.counter = cloned->pid;
  entry.count = std::move(wanted);
  entry.count_begun = Clock::now();
  entry.count_looked = ObservedStart(entry.count_begun);
}

int UidReaper::finding_of(const Entry& entry, const std::vector<int>& processes,
                          const Count& wanted) const {
  int finding = kCounted;
  if (wanted.files) {
    const auto files = files_of(entry.slot, processes, limits_.scratch_inodes);
    if (!files || files->bytes > entry.limits.scratch) finding |= kTooManyFiles;
  }
  if (wanted.memory) {
    const MemorySum sum = memory_of_slot(entry.slot, wanted.bound, entry.limits.memory);
    if (sum.bytes + wanted.queued > entry.limits.memory) finding |= kOverLimit;
    if (processes_of_user(entry.slot.uid) != processes) finding |= kChanged;
    if (2 * sum.vanished > wanted.bound.of.size()) finding |= kVanished;
  }
  return finding;
}

// Counting takes at most half of the time, but a run is not left alone for long.
void UidReaper::counted(pid_t pid, Entry& entry, int status) {
  const auto now = Clock::now();
  entry.counter = 0;
  entry.next_count =
      now + std::min<Clock::duration>(now - entry.count_begun, kLongestMeasureInterval);
  if (entry.ending || !WIFEXITED(status)) return;
  const int finding = WEXITSTATUS(status);
  if ((finding & kTooManyFiles) != 0) return exceeded(pid, entry, LimitExceeded::kFiles);
  if (!entry.count.memory) return;
  const std::size_t count = entry.count.bound.of.size();
  const MemorySum sum{.bytes = (finding & kOverLimit) != 0 ? entry.limits.memory + 1 : 0,
                      .vanished = (finding & kVanished) != 0 ? count : 0,
                      .of = {}};
  const bool still = (finding & kChanged) == 0;
  const auto verdict = entry.judge.judge(sum, count, still, entry.limits.memory, now);
  if (verdict == MemoryVerdict::kOver) exceeded(pid, entry, LimitExceeded::kMemory);
}

void UidReaper::exceeded(pid_t pid, Entry& entry, LimitExceeded excess) {
  report(entry.lifeline, excess);
  end(pid, entry);
}

// The process id is its own until we reap it.
void UidReaper::end(pid_t pid, Entry& entry) {
  entry.ending = true;
  if (entry.counter != 0) ::kill(entry.counter, SIGKILL);
  ::kill(pid, SIGKILL);
}

// The worker's counter, if there is one, will be reaped like an orphan of a run.
void UidReaper::worker_ended(pid_t pid, const WorkerExited& exited) {
  Entry entry = std::move(entries_.extract(pid).mapped());
  std::erase(to_share_, pid);
  std::erase(to_measure_, pid);
  if (entry.counter != 0) ::kill(entry.counter, SIGKILL);
  sweep({exited, std::move(entry.slot), std::move(entry.lifeline)});
}

// A clone fails where the container is short of processes or memory. The run itself may hold them,
// so its processes are killed without a sweeper then.
void UidReaper::sweep(Ended ended) {
  auto cloned = clone_worker(0);
  if (!cloned) {
    if (!kill_as_root(ended.slot)) ::abort();  // a zygote that is not root gives no ids
    return sweep_later(std::move(ended));
  }
  if (cloned->pid == 0) {
    ::prctl(PR_SET_NAME, "python-sweeper");
    kill_and_wipe(ended.slot);
  }
  sweeping_.emplace(cloned->pid, std::move(ended));
}

void UidReaper::sweep_later(Ended ended) {
  if (unswept_.empty()) next_sweep_ = Clock::now() + kSweepInterval;
  unswept_.push_back(std::move(ended));
}

void UidReaper::sweep_again() {
  if (unswept_.empty() || Clock::now() < next_sweep_) return;
  for (Ended& ended : std::exchange(unswept_, {})) sweep(std::move(ended));
}

// A sweeper that was killed by a signal is replaced: the kernel kills processes when memory is
// short.
Result<std::optional<WorkerExited>> UidReaper::swept(Ended ended, int status) {
  if (WIFSIGNALED(status)) {
    sweep_later(std::move(ended));
    return std::optional<WorkerExited>();
  }
  if (status != 0) {
    return failure("sweep after a worker: the sweeper ended with status " + std::to_string(status));
  }
  ::shutdown(ended.lifeline.get(), SHUT_RDWR);
  if (auto free = slots_.give_back(ended.slot); !free) return free.error();
  return std::optional(ended.exited);
}

Result<std::optional<WorkerExited>> UidReaper::reaped(pid_t pid, int status, const rusage& usage) {
  if (const auto worker = entries_.find(pid); worker != entries_.end()) {
    worker_ended(pid, exited_worker(worker->second.id, status, usage));
    return std::optional<WorkerExited>();
  }
  const auto counting = std::find_if(entries_.begin(), entries_.end(), [pid](const auto& entry) {
    return entry.second.counter == pid;
  });
  if (counting != entries_.end()) {
    counted(counting->first, counting->second, status);
    return std::optional<WorkerExited>();
  }
  auto sweeper = sweeping_.extract(pid);
  if (sweeper.empty()) return std::optional<WorkerExited>();  // an orphan of a run
  return swept(std::move(sweeper.mapped()), status);
}

}  // namespace executor
