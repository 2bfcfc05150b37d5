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
// A zygote that fails so often in a row is replaced.
constexpr int kMostFailedSpawns = 10;
// The pause before a worker is asked for again, or a cgroup is removed again.
constexpr auto kPause = std::chrono::milliseconds(100);
// How often those who owe an answer are looked at, and how often in vain before a zygote is given
// up, which makes a worker in a few milliseconds: when it does nothing, and when it is busy.
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
      asked_(options_.cgroups),
      silence_(kMostIdleLooks, kMostLooks) {}

Pool::~Pool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ::eventfd_write(wake_.get(), 1);
  if (thread_.joinable()) thread_.join();
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
      trouble_ = served.error().text();
      reset();
      ++failures_;
      ++counts_.zygote_losses;
    }
    changed_.notify_all();
    report_("pool " + options_.name + ": " + served.error().text());
  } while (pause(pause_after(failures_ - 1)));
}

// With the mutex held: nothing of the zygote that is gone is left.
void Pool::reset() {
  jail_ = nullptr;
  proven_ = false;
  asked_.clear();
  condemned_.reset();
  spawn_failed_ = false;
  failed_spawns_ = 0;
  spares_.clear();
  silence_.broken();
  zygote_ = -1;
}

// Waits, but not past the pool's end. False when it has come.
bool Pool::pause(Clock::duration span) {
  (void)readable_by(wake_.get(), Deadline::after(span));
  eventfd_t ignored = 0;
  ::eventfd_read(wake_.get(), &ignored);
  tend_cgroups();  // whoever was in them went with the jail
  const std::lock_guard lock(mutex_);
  return !stopping_;
}

Result<void> Pool::serve(const Jail& jail) {
  {
    const std::lock_guard lock(mutex_);
    jail_ = &jail;
    ++generation_;
    counts_.python = jail.python_version();
    ++counts_.zygote_starts;
    if (auto asked = asked_.ask(jail, 1); !asked) return asked;  // the canary's
  }
  for (;;) {
    std::array<pollfd, 2> events = {pollfd{jail.control(), POLLIN, 0},
                                    pollfd{wake_.get(), POLLIN, 0}};
    const int ready = ::poll(events.data(), events.size(), wait_milliseconds());
    if (events[1].revents != 0) {
      if (auto looked = look_up(); !looked) return looked;
    }
    if (Clock::now() >= next_look_) {
      if (auto heard = look(); !heard) return heard;
    }
    if (ready == 0) warm_up_spare();
    if (ready == 0 && !swept_) tend_cgroups();
    if (events[0].revents == 0) continue;
    auto message = jail.next();
    if (!message) return message.error();
    if (!*message) return {};
    silence_.broken();
    if (auto handled = handle(jail, std::move(**message)); !handled) return handled;
    if (auto looked = look_up(); !looked) return looked;
    tend_cgroups();
  }
}

// Whether there is a reason to stop serving: a failure, of which the end of the pool is one.
Result<void> Pool::look_up() {
  eventfd_t ignored = 0;
  ::eventfd_read(wake_.get(), &ignored);
  const std::lock_guard lock(mutex_);
  if (stopping_) return failure("the pool ends");
  if (condemned_) return *condemned_;
  if (failed_spawns_ < kMostFailedSpawns) return {};
  return failure("no worker could be made, " + std::to_string(failed_spawns_) + " times in a row");
}

// Removes cgroups that are used up and makes some ahead, away from any request.
void Pool::tend_cgroups() {
  if (options_.cgroups == nullptr) return;
  swept_ = options_.cgroups->sweep();
  options_.cgroups->stock(options_.ready);
}

Result<void> Pool::handle(const Jail& jail, FromJail from) {
  if (const auto* started = std::get_if<WorkerStarted>(&from.message)) {
    return admit(jail, take_worker(unique_id(generation_, started->id), std::move(from.fds)));
  }
  if (const auto* exited = std::get_if<WorkerExited>(&from.message)) {
    forget(*exited);
  } else if (const auto* failed = std::get_if<ZygoteFailed>(&from.message)) {
    if (!proven_) return failure("make the canary's worker: " + failed->text);
    report_("pool " + options_.name + ": " + failed->text);
    const std::lock_guard lock(mutex_);
    if (auto answered = asked_.answered(); !answered) return answered.error();
    count_failed_spawn();
  }
  return {};
}

// With the mutex held: the next worker is asked for after a pause.
void Pool::count_failed_spawn() {
  ++failed_spawns_;
  ++counts_.failed_workers;
  spawn_failed_ = true;
  wake_if_dozing();
}

// With the mutex held: the thread has something to wait for from now on.
void Pool::wake_if_dozing() {
  if (std::exchange(dozing_, false)) ::eventfd_write(wake_.get(), 1);
}

// A worker has ended: whoever has it on loan may want to know how; a spare one is replaced.
void Pool::forget(const WorkerExited& exited) {
  const std::uint64_t id = unique_id(generation_, exited.id);
  const std::lock_guard lock(mutex_);
  if (const auto loan = loans_.find(id); loan != loans_.end()) {
    const auto cpu = exited.user_microseconds + exited.system_microseconds;
    loan->second = Exit{exited.wait_status, std::chrono::microseconds(cpu)};
    changed_.notify_all();
  }
  take_in(spares_.listen());
  const auto sealed = spares_.remove(id);
  if (!sealed) return;
  if (!*sealed) count_failed_spawn();
  replenish();
}

// A new worker: the first of a zygote is the canary's, all others wait for a job.
Result<void> Pool::admit(const Jail& jail, Worker worker) {
  if (options_.cgroups == nullptr) (void)note_oom_kills();  // away from any request
  {
    const std::lock_guard lock(mutex_);
    auto cgroup = asked_.answered();
    if (!cgroup) return cgroup.error();
    worker.cgroup = std::move(*cgroup);
  }
  if (!proven_) {
    zygote_ = parent_of(host_pid(worker));
    Result<void> proof = prove_(worker, options_.setup);
    kill_worker(worker);
    if (!proof) return proof;
    const std::lock_guard lock(mutex_);
    proven_ = true;
    trouble_.clear();
    last_proof_ = Clock::now();
    changed_.notify_all();
    return asked_.ask(jail, options_.ready);
  }
  const std::lock_guard lock(mutex_);
  spares_.add(std::move(worker));
  changed_.notify_all();  // not all who wait, wait for a worker
  return {};
}

// With the mutex held.
void Pool::take_in(const Spares::News& news) {
  if (news.sealed) {
    failed_spawns_ = 0;
    failures_ = 0;
  }
  for (int i = 0; i < news.unfit; ++i) count_failed_spawn();
  for (const std::string& text : news.texts) report_("pool " + options_.name + ": " + text);
  if (news.fewer) replenish();
}

// Time for a look at those who owe an answer. A failure when the zygote has owed one for too long.
Result<void> Pool::look() {
  const std::lock_guard lock(mutex_);
  next_look_ = Clock::now() + kLookInterval;
  take_in(spares_.look());
  if (asked_.count() == 0) {
    silence_.broken();
    return {};
  }
  if (!silence_.look(activity_of(zygote_))) return {};
  return failure("the zygote does not answer");
}

// How long the pool's thread may sleep: for ever (-1), unless something is due that no message
// announces.
int Pool::wait_milliseconds() {
  const std::lock_guard lock(mutex_);
  const bool look_due = asked_.count() > 0 || spares_.awaited();
  auto wait = Clock::duration::max();
  if (look_due) wait = std::max(next_look_ - Clock::now(), Clock::duration::zero());
  if (spawn_failed_ || !swept_) wait = std::min<Clock::duration>(wait, kPause);
  const bool idle = proven_ && !spawn_failed_ && loans_.empty();
  if (idle && !options_.setup.warm_up.empty() && !spares_.all_hot()) {
    wait = std::min<Clock::duration>(wait, options_.warm_up_after);
  }
  dozing_ = wait == Clock::duration::max();
  if (dozing_) return -1;
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(wait).count());
}

// Nothing has happened for a while: time to warm one spare worker with the set's own script.
void Pool::warm_up_spare() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(spawn_failed_, false)) replenish();
  if (!proven_ || !loans_.empty() || Clock::now() - last_use_ < options_.warm_up_after) return;
  take_in(spares_.listen());
  if (!options_.setup.warm_up.empty()) spares_.warm_up_one();
}

// With the mutex held: asks for as many workers as are missing.
void Pool::replenish() {
  if (jail_ == nullptr || !proven_ || spawn_failed_) return;
  const auto have = static_cast<std::uint32_t>(spares_.size()) + asked_.count();
  if (have >= options_.ready) return;
  const std::uint32_t missing = options_.ready - have;
  wake_if_dozing();
  // A zygote that cannot be asked has gone, which its socket says.
  if (auto asked = asked_.ask(*jail_, missing); !asked && asked.error().error != EPIPE) {
    report_("pool " + options_.name + ": " + asked.error().text());
    count_failed_spawn();
  }
}

std::optional<Lease> Pool::acquire(Deadline deadline) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (stopping_ || given_up_) return std::nullopt;
    take_in(spares_.listen());
    if (auto worker = spares_.take()) {
      used_ = true;
      loans_.emplace(worker->id, std::nullopt);
      if (spares_.size() == 0)
        replenish();  // else after the answer: the machine is ours until then
      return Lease(this, std::move(*worker));
    }
    replenish();
    if (changed_.wait_until(lock, deadline.moment()) == std::cv_status::timeout &&
        spares_.size() == 0) {
      return std::nullopt;
    }
  }
}

void Pool::attest(Deadline deadline) {
  const auto lease = acquire(deadline);
  if (!lease) return;
  const Result<void> proof = prove_(lease->worker(), options_.setup);
  if (!proof) return condemn(generation_of(lease->worker().id), proof.error());
  const std::lock_guard lock(mutex_);
  last_proof_ = Clock::now();
}

// Unless it has gone already, with the canary.
void Pool::condemn(std::uint64_t generation, const Failure& why) {
  const std::lock_guard lock(mutex_);
  if (generation != generation_ || jail_ == nullptr) return;
  condemned_ = why;
  trouble_ = why.text();
  proven_ = false;
  spares_.clear();
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

void Pool::end_loan(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  loans_.erase(id);
  last_use_ = Clock::now();
  replenish();
}

std::optional<Exit> Pool::await_exit(std::uint64_t id, Deadline deadline) {
  std::unique_lock lock(mutex_);
  const auto known = [this, id] { return jail_ == nullptr || loans_[id].has_value(); };
  changed_.wait_until(lock, deadline.moment(), known);
  return loans_[id];
}

Result<void> Pool::await_proven(Deadline deadline) {
  std::unique_lock lock(mutex_);
  const auto decided = [this] { return proven_ || failures_ > 0; };
  if (!changed_.wait_until(lock, deadline.moment(), decided)) {
    return failure("pool " + options_.name + ": not ready in time");
  }
  if (!proven_) return failure("pool " + options_.name + ": " + trouble_);
  return {};
}

std::string Pool::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

SetState Pool::state() const {
  const std::lock_guard lock(mutex_);
  SetState state = counts_;
  state.name = options_.name;
  state.ready = spares_.size();
  state.busy = loans_.size();
  state.proven = proven_;
  if (proven_) state.tier = name_of(options_.setup.tier);
  const bool ever = last_proof_ != Clock::time_point();
  state.proven_seconds_ago = ever ? seconds(Clock::now() - last_proof_) : -1;
  return state;
}

}  // namespace executor
