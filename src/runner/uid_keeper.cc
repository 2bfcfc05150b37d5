#include "runner/uid_keeper.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>

#include "base/process_memory.h"
#include "runner/namespaces.h"

namespace executor {
namespace {

// How often the memory and the files of a run are summed up.
constexpr auto kMeasureInterval = std::chrono::milliseconds(50);
constexpr auto kLongestMeasureInterval = 10 * kMeasureInterval;

std::uint64_t microseconds(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 +
         static_cast<std::uint64_t>(time.tv_usec);
}

void tell(const UniqueFd& lifeline, Excess excess) {
  const char word = static_cast<char>(excess);
  (void)::send(lifeline.get(), &word, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

WorkerExited exited_worker(std::uint64_t id, int status, const rusage& usage) {
  return {.id = id,
          .wait_status = status,
          .user_microseconds = microseconds(usage.ru_utime),
          .system_microseconds = microseconds(usage.ru_stime),
          .max_rss_kilobytes = static_cast<std::uint64_t>(usage.ru_maxrss)};
}

void UidKeeper::add(pid_t pid, std::uint64_t id, Seat seat, UniqueFd lifeline) {
  kept_.emplace(pid, Kept{.id = id,
                          .seat = std::move(seat),
                          .lifeline = std::move(lifeline),
                          .exited = std::nullopt});
}

void UidKeeper::watch(std::vector<pollfd>& events) const {
  for (const auto& [pid, kept] : kept_) {
    if (!kept.ending) events.push_back({kept.lifeline.get(), POLLIN, 0});
  }
}

int UidKeeper::wait_milliseconds() const {
  const bool busy = std::any_of(kept_.begin(), kept_.end(), [](const auto& entry) {
    return entry.second.has_job && !entry.second.ending;
  });
  if (!busy) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_measure_ - Clock::now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

void UidKeeper::look() {
  for (auto& [pid, kept] : kept_) {
    if (!kept.ending) hear(pid, kept);
  }
  const auto begun = Clock::now();
  if (begun < next_measure_) return;
  for (auto& [pid, kept] : kept_) {
    if (kept.has_job && !kept.ending) measure(pid, kept);
  }
  // Looking at many processes is work: a tenth of the time should go into it. But no run may hold
  // up for long that the others are looked at.
  const auto now = Clock::now();
  next_measure_ = now + std::clamp<Clock::duration>(10 * (now - begun), kMeasureInterval,
                                                    kLongestMeasureInterval);
}

void UidKeeper::hear(pid_t pid, Kept& kept) {
  char word = 0;
  const ssize_t size = ::recv(kept.lifeline.get(), &word, 1, MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size == 1 && word == kJobBegins) {
    kept.has_job = true;
  } else {
    end(pid, kept);
  }
}

void UidKeeper::measure(pid_t pid, Kept& kept) {
  const std::vector<int> processes = processes_of_user(kept.seat.uid);
  const auto files = files_of(kept.seat, processes, limits_.scratch_inodes);
  if (memory_of_seat(kept.seat, processes, limits_.memory) > limits_.memory) {
    tell(kept.lifeline, Excess::kMemory);
  } else if (!files || files->bytes > limits_.scratch) {
    tell(kept.lifeline, Excess::kFiles);
  } else {
    return;
  }
  end(pid, kept);
}

// The process id is its own until we reap it.
void UidKeeper::end(pid_t pid, Kept& kept) {
  kept.ending = true;
  if (!kept.exited) ::kill(pid, SIGKILL);
}

Result<void> UidKeeper::start_sweeper(pid_t worker, const Seat& seat) {
  auto cloned = clone_worker(0);
  if (!cloned) return cloned.error();
  if (cloned->pid == 0) {
    ::prctl(PR_SET_NAME, "python-sweeper");
    sweep(seat);
  }
  sweepers_.emplace(cloned->pid, worker);
  return {};
}

Result<std::optional<WorkerExited>> UidKeeper::reaped(pid_t pid, int status, const rusage& usage) {
  if (const auto worker = kept_.find(pid); worker != kept_.end()) {
    Kept& kept = worker->second;
    kept.ending = true;
    kept.exited = exited_worker(kept.id, status, usage);
    if (auto started = start_sweeper(pid, kept.seat); !started) return started.error();
    return std::optional<WorkerExited>();
  }
  auto sweeper = sweepers_.extract(pid);
  if (sweeper.empty()) return std::optional<WorkerExited>();  // an orphan of a run
  auto swept = kept_.extract(sweeper.mapped());
  if (status != 0) {
    return failure("sweep behind a worker: the sweeper ended with status " +
                   std::to_string(status));
  }
  ::shutdown(swept.mapped().lifeline.get(), SHUT_RDWR);
  if (auto free = seats_.give_back(swept.mapped().seat); !free) return free.error();
  return swept.mapped().exited;
}

}  // namespace executor
