#include "execution/pool.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "base/poll.h"
#include "base/process_stat.h"
#include "execution/oom_kills.h"
#include "wire/job.h"

namespace executor {
namespace {

constexpr auto kFirstPause = std::chrono::milliseconds(100);
constexpr auto kLongestPause = std::chrono::seconds(10);
// A zygote that fails this often in a row is replaced.
constexpr int kMostFailedSpawns = 10;
// The pause before a worker is asked for again, or a cgroup is removed again.
constexpr auto kPause = std::chrono::milliseconds(100);
// The polling interval for overdue answers, and the polls without an answer before a zygote, which
// makes a worker in a few milliseconds, is given up: when it is idle, and when it is busy.
constexpr auto kLookInterval = std::chrono::milliseconds(500);
constexpr int kMostIdleLooks = 6;
constexpr int kMostLooks = 60;

Clock::duration pause_after(std::uint64_t failures) {
  const auto doublings = std::min<std::uint64_t>(failures, 7);
  return std::min<Clock::duration>(kFirstPause * (1ULL << doublings), kLongestPause);
}

// Ids are unique within one zygote; the generation makes them unique within the pool.
std::uint64_t unique_id(std::uint64_t generation, std::uint64_t id) {
  return (generation << 40U) + id;
}

std::uint64_t generation_of(std::uint64_t unique) {
  return unique >> 40U;
}

}  // namespace

Pool::Pool(PoolOptions options, Prove prove, Report report)
    : options_(std::move(options)),
      prove_(std::move(prove)),
      report_(std::move(report)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      stock_(
          options_.ready, options_.cgroups, [this](const std::string& text) { this->report(text); },
          [this] { wake(); }),
      hang_detector_(kMostIdleLooks, kMostLooks) {}

Pool::~Pool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ::eventfd_write(wake_.get(), 1);
  if (thread_.joinable()) thread_.join();
  forget_ended_loans();
}

void Pool::start() {
  thread_ = std::thread(&Pool::supervise, this);
}

void Pool::supervise() {
  do {
    auto jail = Jail::start(options_.jail, options_.setup);
    Result<void> served = jail ? serve(*jail) : jail.error();
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      if (jail && !served) jail->kill();
      if (served) served = failure("the zygote ended");
      unhealthy_reason_ = served.error().text();
      reset();
      ++failures_;
      ++counts_.zygote_losses;
    }
    changed_.notify_all();
    forget_ended_loans();
    report(served.error().text());
  } while (pause(pause_after(failures_ - 1)));
}

void Pool::report(const std::string& text) const {
  report_("pool " + options_.name + ": " + text);
}

// With the mutex held: nothing of the zygote that is gone is left.
void Pool::reset() {
  stock_.end();
  retired_for_.reset();
  hang_detector_.reset();
  zygote_ = -1;
  least_peak_ = UINT64_MAX;
}

// When a zygote is gone, it is no longer known how its workers ended.
void Pool::forget_ended_loans() {
  std::map<std::uint64_t, Lease::OnExit> ended;
  {
    const std::lock_guard lock(mutex_);
    ended = loans_.take_waiting();
  }
  for (const auto& [id, on_exit] : ended) on_exit(std::nullopt);
}

// Waits, but not past the pool's end. False when the pool ends.
bool Pool::pause(Clock::duration span) {
  (void)readable_by(wake_.get(), Deadline::after(span));
  eventfd_t ignored = 0;
  ::eventfd_read(wake_.get(), &ignored);
  maintain_cgroups();  // the processes in them ended with the jail
  const std::lock_guard lock(mutex_);
  return !stopping_;
}

Result<void> Pool::serve(const Jail& jail) {
  const bool lost_ids = promised().own_ids && !jail.identity().is_own();
  if (lost_ids) report(jail.identity().why_shared());
  {
    const std::lock_guard lock(mutex_);
    ++generation_;
    promised_ = options_.setup;
    promised_.own_ids = jail.identity().is_own();
    why_shared_ = jail.identity().why_shared();
    counts_.python = jail.python_version();
    ++counts_.zygote_starts;
    counts_.jail_seconds = seconds(jail.start_times().jail);
    counts_.python_seconds = seconds(jail.start_times().python);
    ready_at_ = Clock::now();
    if (auto asked = stock_.begin(jail); !asked) return asked;
  }
  for (;;) {
    std::array<pollfd, 2> events = {pollfd{jail.control(), POLLIN, 0},
                                    pollfd{wake_.get(), POLLIN, 0}};
    const int ready = ::poll(events.data(), events.size(), wait_milliseconds());
    if (events[1].revents != 0) {
      if (auto looked = check_stop(); !looked) return looked;
    }
    if (Clock::now() >= next_look_) {
      if (auto heard = check_overdue(); !heard) return heard;
    }
    if (ready == 0) warm_up_spare();
    if (ready == 0 && !swept_) maintain_cgroups();
    if (events[0].revents == 0) continue;
    auto message = jail.next();
    if (!message) return message.error();
    if (!*message) return {};
    hang_detector_.reset();
    if (auto handled = handle(std::move(**message)); !handled) return handled;
    if (auto looked = check_stop(); !looked) return looked;
    maintain_cgroups();
  }
}

// Whether there is a reason to stop serving: a failure, of which the end of the pool is one.
Result<void> Pool::check_stop() {
  eventfd_t ignored = 0;
  ::eventfd_read(wake_.get(), &ignored);
  const std::lock_guard lock(mutex_);
  if (stopping_) return failure("the pool ends");
  if (retired_for_) return *retired_for_;
  if (stock_.failures() < kMostFailedSpawns) return {};
  return failure("no worker could be made, " + std::to_string(stock_.failures()) +
                 " times in a row");
}

// Removes cgroups that are used up and makes some ahead, away from any request.
void Pool::maintain_cgroups() {
  if (options_.cgroups == nullptr) return;
  swept_ = options_.cgroups->sweep();
  options_.cgroups->stock(options_.ready);
}

Result<void> Pool::handle(FromJail from) {
  if (const auto* started = std::get_if<WorkerStarted>(&from.message)) {
    return on_worker_started(take_worker(unique_id(generation_, started->id), std::move(from.fds)));
  }
  if (const auto* exited = std::get_if<WorkerExited>(&from.message)) {
    on_worker_exited(*exited);
  } else if (const auto* failed = std::get_if<ZygoteFailed>(&from.message)) {
    if (!stock_.is_open()) return failure("make the canary's worker: " + failed->text);
    report(failed->text);
    const std::lock_guard lock(mutex_);
    if (auto answered = stock_.take_answer(); !answered) return answered.error();
    stock_.count_failure(failed->error);
  }
  return {};
}

// With the mutex held: the thread has something to wait for from now on.
void Pool::wake() {
  if (std::exchange(sleeping_, false)) ::eventfd_write(wake_.get(), 1);
}

// A worker's peak is measured above that of a worker that did next to nothing.
Exit Pool::exit_of(const WorkerExited& exited) {
  constexpr std::uint64_t kKilobyte = 1024;
  const auto cpu = exited.user_microseconds + exited.system_microseconds;
  least_peak_ = std::min(least_peak_, exited.max_rss_kilobytes);
  return {exited.wait_status, std::chrono::microseconds(cpu),
          (exited.max_rss_kilobytes - least_peak_) * kKilobyte};
}

// A worker has ended: the holder of its lease may want to know how; a spare one is replaced.
void Pool::on_worker_exited(const WorkerExited& exited) {
  const Exit exit = exit_of(exited);
  const std::uint64_t id = unique_id(generation_, exited.id);
  Lease::OnExit on_exit;
  {
    const std::lock_guard lock(mutex_);
    ++counts_.ended_workers;
    counts_.page_faults += exited.page_faults;
    on_exit = loans_.worker_ended(id, exit);
    if (loans_.exit_of(id)) changed_.notify_all();
    poll_workers();
    stock_.remove(id);
  }
  if (on_exit) on_exit(exit);
}

// A new worker: the first of a zygote is the canary's, all others wait for a job.
Result<void> Pool::on_worker_started(Worker worker) {
  if (options_.cgroups == nullptr) (void)refresh_oom_kills();  // away from any request
  {
    const std::lock_guard lock(mutex_);
    auto cgroup = stock_.take_answer();
    if (!cgroup) return cgroup.error();
    worker.cgroup = std::move(*cgroup);
  }
  if (!stock_.is_open()) {
    {
      const std::lock_guard lock(mutex_);
      zygote_ = parent_of(host_pid(worker));
    }
    Result<void> proof = prove_(worker, promised_);
    kill_worker(worker);
    if (!proof) return proof;
    const std::lock_guard lock(mutex_);
    unhealthy_reason_.clear();
    last_proof_ = Clock::now();
    counts_.proof_seconds = seconds(last_proof_ - ready_at_);
    stock_.open();
    changed_.notify_all();
    return {};
  }
  const std::lock_guard lock(mutex_);
  stock_.add(std::move(worker));
  changed_.notify_all();  // waiters wait for different conditions
  return {};
}

// With the mutex held.
void Pool::poll_workers() {
  if (stock_.poll()) failures_ = 0;
}

// Looks at those that owe an answer. A failure when the zygote has owed one for too long.
Result<void> Pool::check_overdue() {
  const std::lock_guard lock(mutex_);
  next_look_ = Clock::now() + kLookInterval;
  if (stock_.expire_silent()) failures_ = 0;
  if (!stock_.zygote_owes_answer()) {
    hang_detector_.reset();
    return {};
  }
  if (!hang_detector_.poll(activity_of(zygote_))) return {};
  return failure("the zygote does not answer");
}

// How long the pool's thread may sleep: without a limit (-1), unless something is due that no
// message announces.
int Pool::wait_milliseconds() {
  const std::lock_guard lock(mutex_);
  const bool look_due = stock_.zygote_owes_answer() || stock_.worker_owes_answer();
  auto wait = Clock::duration::max();
  if (look_due) wait = std::max(next_look_ - Clock::now(), Clock::duration::zero());
  if (stock_.is_pausing() || !swept_) wait = std::min<Clock::duration>(wait, kPause);
  const bool idle = stock_.is_open() && !stock_.is_pausing() && loans_.empty();
  if (idle && !options_.setup.warm_up.empty() && !stock_.all_hot()) {
    wait = std::min<Clock::duration>(wait, options_.warm_up_after);
  }
  sleeping_ = wait == Clock::duration::max();
  if (sleeping_) return -1;
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(wait).count());
}

// Nothing has happened for a while: time to warm one spare worker with the set's own script.
void Pool::warm_up_spare() {
  const std::lock_guard lock(mutex_);
  stock_.retry();
  if (!stock_.is_open() || !loans_.empty()) return;
  if (Clock::now() - last_use_ < options_.warm_up_after) return;
  poll_workers();
  if (!options_.setup.warm_up.empty()) stock_.warm_up_one();
}

std::optional<Lease> Pool::acquire(Deadline deadline) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (stopping_ || given_up_) return std::nullopt;
    poll_workers();
    if (auto worker = stock_.take()) {
      used_ = true;
      loans_.begin(worker->id);
      if (stock_.size() == 0)
        stock_.replenish();  // otherwise after the answer: until then the run should have the CPU
      return Lease(this, std::move(*worker));
    }
    stock_.replenish();
    if (changed_.wait_until(lock, deadline.moment()) == std::cv_status::timeout &&
        stock_.size() == 0) {
      return std::nullopt;
    }
  }
}

void Pool::attest(Deadline deadline) {
  const auto lease = acquire(deadline);
  if (!lease) return;
  const Result<void> proof = prove_(lease->worker(), promised());
  if (!proof) return retire(generation_of(lease->worker().id), proof.error());
  const std::lock_guard lock(mutex_);
  last_proof_ = Clock::now();
}

// Unless it has gone already, with the canary.
void Pool::retire(std::uint64_t generation, const Failure& why) {
  const std::lock_guard lock(mutex_);
  if (generation != generation_ || !stock_.has_zygote()) return;
  retired_for_ = why;
  unhealthy_reason_ = why.text();
  stock_.close();
  ::eventfd_write(wake_.get(), 1);
}

void Pool::give_up() {
  const std::lock_guard lock(mutex_);
  given_up_ = true;
  changed_.notify_all();
}

bool Pool::used() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

void Pool::end_loan(std::uint64_t id, Lease::OnExit on_exit) {
  std::optional<Exit> exit;
  {
    const std::lock_guard lock(mutex_);
    exit = loans_.end(id);
    last_use_ = Clock::now();
    stock_.replenish();
    const bool to_come = !exit && stock_.has_zygote() && generation_of(id) == generation_;
    if (to_come && on_exit) {
      loans_.await_end(id, std::move(on_exit));
      return;
    }
  }
  if (on_exit) on_exit(exit);
}

std::optional<Exit> Pool::await_exit(std::uint64_t id, Deadline deadline) {
  std::unique_lock lock(mutex_);
  const auto known = [this, id] { return !stock_.has_zygote() || loans_.exit_of(id).has_value(); };
  changed_.wait_until(lock, deadline.moment(), known);
  return loans_.exit_of(id);
}

Result<void> Pool::await_proven(Deadline deadline) {
  std::unique_lock lock(mutex_);
  const auto decided = [this] { return stock_.is_open() || failures_ > 0; };
  if (!changed_.wait_until(lock, deadline.moment(), decided)) {
    return failure("pool " + options_.name + ": not ready in time");
  }
  if (!stock_.is_open()) return failure("pool " + options_.name + ": " + unhealthy_reason_);
  return {};
}

Setup Pool::promised() const {
  const std::lock_guard lock(mutex_);
  return promised_;
}

std::string Pool::why_shared() const {
  const std::lock_guard lock(mutex_);
  return why_shared_;
}

bool Pool::starting() const {
  const std::lock_guard lock(mutex_);
  return last_proof_ == Clock::time_point() && counts_.zygote_losses == 0;
}

std::string Pool::unhealthy_reason() const {
  const std::lock_guard lock(mutex_);
  return unhealthy_reason_;
}

// Stopped is T or t. Frozen is D, which a disk can cause as well, but not for long.
std::string Pool::stall_reason() {
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
      const std::lock_guard lock(mutex_);
      stock_.demand_answer();
      return stopped ? "the zygote is stopped" : "the zygote is frozen";
    }
    ::poll(nullptr, 0, kPauseMilliseconds);
  }
  return {};
}

Pool::Load Pool::load() const {
  const std::lock_guard lock(mutex_);
  return {stock_.is_open(), stock_.size(), loans_.size()};
}

SetState Pool::state() const {
  const std::lock_guard lock(mutex_);
  SetState state = counts_;
  state.name = options_.name;
  state.ready = stock_.size();
  state.busy = loans_.size();
  state.proven = stock_.is_open();
  state.starting = last_proof_ == Clock::time_point() && counts_.zygote_losses == 0;
  state.zygotes = state.proven ? 1 : 0;
  state.failed_workers = stock_.all_failures();
  if (state.proven) state.tier = name_of(options_.setup.tier);
  const bool ever = last_proof_ != Clock::time_point();
  state.proven_seconds_ago = ever ? seconds(Clock::now() - last_proof_) : -1;
  return state;
}

}  // namespace executor
