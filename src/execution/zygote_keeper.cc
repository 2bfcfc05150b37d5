#include "execution/zygote_keeper.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/attempt.h"
#include "base/poll.h"
#include "base/process_stat.h"
#include "resources/oom_kills.h"

namespace executor {
namespace {

constexpr auto kFirstPause = std::chrono::milliseconds(100);
constexpr auto kLongestPause = std::chrono::seconds(10);
// A zygote that fails this often in a row is replaced.
constexpr int kMaxFailedSpawns = 10;
// The polling interval for overdue answers, and the polls without an answer before a zygote, which
// makes a worker in a few milliseconds, is given up: when it is idle, and when it is busy.
constexpr auto kLookInterval = std::chrono::milliseconds(500);
constexpr int kMaxIdleLooks = 6;
constexpr int kMaxLooks = 60;

Clock::duration pause_after(std::uint64_t failures) {
  const auto doublings = std::min<std::uint64_t>(failures, 7);
  return std::min<Clock::duration>(kFirstPause * (1ULL << doublings), kLongestPause);
}

}  // namespace

ZygoteKeeper::ZygoteKeeper(const PoolOptions& options, int wake, Lending& lending, Attest attest,
                           Report report)
    : options_(options),
      wake_(wake),
      lending_(lending),
      attest_(std::move(attest)),
      report_(std::move(report)),
      hang_detector_(kMaxIdleLooks, kMaxLooks) {}

ZygoteKeeper::~ZygoteKeeper() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ::eventfd_write(wake_, 1);
  if (thread_.joinable()) thread_.join();
  lending_.forget_ended_loans();
}

void ZygoteKeeper::start() {
  thread_ = std::thread(&ZygoteKeeper::supervise, this);
}

void ZygoteKeeper::supervise() {
  std::uint64_t failures = 0;
  do {
    Result<Jail> jail = failure("start the zygote");
    Result<void> served = attempt([&]() -> Result<void> {
      jail = Jail::start(options_.jail, options_.setup);
      if (!jail) return jail.error();
      return serve(*jail);
    });
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      if (jail && !served) jail->kill();
      if (served) served = failure("the zygote ended");
      unhealthy_reason_ = served.error().text();
      failures_ = lending_.end() ? 1 : failures_ + 1;
      failures = failures_;
      retired_for_.reset();
      zygote_ = -1;
      ++counts_.zygote_losses;
    }
    changed_.notify_all();
    hang_detector_.reset();
    least_peak_ = UINT64_MAX;
    lending_.forget_ended_loans();
    report_(served.error().text());
  } while (pause(pause_after(failures - 1)));
}

// Waits, but not past the end. False when the thread is to end.
bool ZygoteKeeper::pause(Clock::duration span) {
  (void)readable_by(wake_, Deadline::after(span));
  eventfd_t ignored = 0;
  ::eventfd_read(wake_, &ignored);
  maintain_cgroups();  // the processes in them ended with the jail
  const std::lock_guard lock(mutex_);
  return !stopping_;
}

Result<void> ZygoteKeeper::serve(const Jail& jail) {
  if (auto begun = begin(jail); !begun) return begun;
  for (;;) {
    std::array<pollfd, 2> events = {pollfd{jail.control(), POLLIN, 0}, pollfd{wake_, POLLIN, 0}};
    const int ready =
        ::poll(events.data(), events.size(), lending_.wait_milliseconds(next_look_, swept_));
    if (events[1].revents != 0) {
      if (auto looked = check_stop(); !looked) return looked;
    }
    // A message that waits comes first: the zygote is not silent.
    if (events[0].revents == 0 && Clock::now() >= next_look_) {
      if (auto heard = check_overdue(); !heard) return heard;
    }
    if (ready == 0) lending_.warm_up_spare();
    if (ready == 0 && !swept_) maintain_cgroups();
    if (events[0].revents == 0) continue;
    auto message = jail.next();
    if (!message) return message.error();
    if (!*message) return {};
    hang_detector_.reset();
    if (auto handled = handle(std::move(**message)); !handled) return handled;
    if (auto looked = check_stop(); !looked) return looked;
    if (Clock::now() >= next_look_) {
      if (auto heard = check_overdue(); !heard) return heard;
    }
    maintain_cgroups();
  }
}

Result<void> ZygoteKeeper::begin(const Jail& jail) {
  const bool lost_ids = promised().own_ids && !jail.identity().is_own();
  if (lost_ids) report_(jail.identity().why_shared());
  ready_at_ = Clock::now();
  const std::lock_guard lock(mutex_);
  promised_ = options_.setup;
  promised_.own_ids = jail.identity().is_own();
  why_shared_ = jail.identity().why_shared();
  counts_.python = jail.python_version();
  ++counts_.zygote_starts;
  counts_.jail_seconds = seconds(jail.start_times().jail);
  counts_.python_seconds = seconds(jail.start_times().python);
  return lending_.begin(jail);
}

// A failure if there is a reason to stop serving, such as the end of the pool.
Result<void> ZygoteKeeper::check_stop() {
  eventfd_t ignored = 0;
  ::eventfd_read(wake_, &ignored);
  const std::lock_guard lock(mutex_);
  if (stopping_) return failure("the pool is stopping");
  if (retired_for_) return *retired_for_;
  const int failed = lending_.failures();
  if (failed < kMaxFailedSpawns) return {};
  return failure("no worker could be made, " + std::to_string(failed) + " times in a row");
}

// Looks at those that owe an answer. A failure when the zygote has owed one for too long.
Result<void> ZygoteKeeper::check_overdue() {
  next_look_ = Clock::now() + kLookInterval;
  if (!lending_.expire_silent()) {
    hang_detector_.reset();
    return {};
  }
  if (!hang_detector_.poll(activity_of(zygote_))) return {};
  return failure("the zygote does not answer");
}

// Removes cgroups that are used up and makes some ahead, away from any request.
void ZygoteKeeper::maintain_cgroups() {
  if (options_.cgroups == nullptr) return;
  swept_ = options_.cgroups->sweep();
  options_.cgroups->stock(options_.ready);
}

Result<void> ZygoteKeeper::handle(FromJail from) {
  if (const auto* started = std::get_if<WorkerStarted>(&from.message)) {
    return on_worker_started(started->id, std::move(from.fds));
  }
  if (const auto* failed = std::get_if<ZygoteFailed>(&from.message)) {
    return on_worker_failed(*failed);
  }
  if (const auto* exited = std::get_if<WorkerExited>(&from.message)) on_worker_exited(*exited);
  return {};
}

// A new worker: the first of a zygote is the canary's, all others wait for a job.
Result<void> ZygoteKeeper::on_worker_started(std::uint64_t id, std::vector<UniqueFd> fds) {
  if (options_.cgroups == nullptr) (void)refresh_oom_kills();  // away from any request
  auto worker = lending_.answered(id, std::move(fds));
  if (!worker) return worker.error();
  if (!lending_.is_open()) return attest_canary(*worker);
  lending_.add(std::move(*worker));
  return {};
}

Result<void> ZygoteKeeper::attest_canary(const Worker& canary) {
  {
    const std::lock_guard lock(mutex_);
    zygote_ = parent_of(host_pid(canary));
  }
  Result<void> attested = attest_(canary, promised());
  kill_worker(canary);
  if (!attested) return attested;
  {
    const std::lock_guard lock(mutex_);
    unhealthy_reason_.clear();
    last_attestation_ = Clock::now();
    counts_.attestation_seconds = seconds(last_attestation_ - ready_at_);
    lending_.open();
  }
  changed_.notify_all();
  return {};
}

Result<void> ZygoteKeeper::on_worker_failed(const ZygoteFailed& failed) {
  if (!lending_.is_open()) return failure("make the canary's worker: " + failed.text);
  return lending_.answered(failed.error, failed.text);
}

void ZygoteKeeper::on_worker_exited(const WorkerExited& exited) {
  {
    const std::lock_guard lock(mutex_);
    ++counts_.ended_workers;
    counts_.page_faults += exited.page_faults;
  }
  const Exit exit = exit_of(exited);
  if (const auto on_exit = lending_.exited(exited.id, exit)) on_exit(exit);
}

// A worker's peak is measured above that of a worker that did next to nothing.
Exit ZygoteKeeper::exit_of(const WorkerExited& exited) {
  constexpr std::uint64_t kKilobyte = 1024;
  const auto cpu = exited.user_microseconds + exited.system_microseconds;
  least_peak_ = std::min(least_peak_, exited.max_rss_kilobytes);
  return {exited.wait_status, std::chrono::microseconds(cpu),
          (exited.max_rss_kilobytes - least_peak_) * kKilobyte};
}

// What throws attests nothing.
void ZygoteKeeper::attest_again(const Worker& worker) {
  const auto attested = attempt([&] { return attest_(worker, promised()); });
  if (!attested) return retire(worker.id, attested.error());
  const std::lock_guard lock(mutex_);
  last_attestation_ = Clock::now();
}

// Unless it has gone already, with the canary.
void ZygoteKeeper::retire(std::uint64_t worker, const Failure& why) {
  const std::lock_guard lock(mutex_);
  if (!lending_.close(worker)) return;
  retired_for_ = why;
  unhealthy_reason_ = why.text();
  ::eventfd_write(wake_, 1);
}

Result<void> ZygoteKeeper::await_attested(Deadline deadline) {
  std::unique_lock lock(mutex_);
  const auto decided = [this] { return unhealthy_reason_.empty() || failures_ > 0; };
  if (!changed_.wait_until(lock, deadline.moment(), decided)) {
    return failure("pool " + options_.name + ": not ready in time");
  }
  if (unhealthy_reason_.empty()) return {};
  return failure("pool " + options_.name + ": " + unhealthy_reason_);
}

Setup ZygoteKeeper::promised() const {
  const std::lock_guard lock(mutex_);
  return promised_;
}

std::string ZygoteKeeper::why_shared() const {
  const std::lock_guard lock(mutex_);
  return why_shared_;
}

std::string ZygoteKeeper::unhealthy_reason() const {
  const std::lock_guard lock(mutex_);
  return unhealthy_reason_;
}

// Stopped is T or t. Frozen is D, which a disk can cause as well, but not for long.
std::string ZygoteKeeper::stall_reason() {
  constexpr int kLooks = 5;
  constexpr int kPauseMilliseconds = 20;
  int zygote = -1;
  {
    const std::lock_guard lock(mutex_);
    zygote = zygote_;
  }
  for (int look = 0; zygote > 0; ++look) {
    const char state = ProcessStat(std::to_string(zygote)).state();
    const bool stopped = state == 'T' || state == 't';
    if (!stopped && state != 'D') break;
    if (stopped || look == kLooks) {
      lending_.demand_answer();
      return stopped ? "the zygote is stopped" : "the zygote is frozen";
    }
    ::poll(nullptr, 0, kPauseMilliseconds);
  }
  return {};
}

// With the mutex held.
bool ZygoteKeeper::has_not_decided() const {
  return last_attestation_ == Clock::time_point() && counts_.zygote_losses == 0;
}

bool ZygoteKeeper::starting() const {
  const std::lock_guard lock(mutex_);
  return has_not_decided();
}

SetState ZygoteKeeper::state() const {
  const std::lock_guard lock(mutex_);
  SetState state = counts_;
  const bool ever = last_attestation_ != Clock::time_point();
  state.attested_seconds_ago = ever ? seconds(Clock::now() - last_attestation_) : -1;
  state.starting = has_not_decided();
  return state;
}

}  // namespace executor
