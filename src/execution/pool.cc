#include "execution/pool.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "base/poll.h"
#include "wire/job.h"

namespace executor {
namespace {

constexpr auto kFirstPause = std::chrono::milliseconds(100);
constexpr auto kLongestPause = std::chrono::seconds(10);
// A zygote that fails so often in a row is replaced.
constexpr int kMostFailedSpawns = 10;

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

// Worker's packets may carry descriptors, whose last user would then be we: to close one may wait
// (SO_LINGER). Linux 6.16 can refuse them; before, the workers' filter of setsockopt must do.
void refuse_descriptors(int socket) {
  constexpr int kSoPassRights = 83;
  const int no = 0;
  (void)::setsockopt(socket, SOL_SOCKET, kSoPassRights, &no, sizeof no);
}

Worker to_worker(std::uint64_t id, std::vector<UniqueFd> fds) {
  refuse_descriptors(fds[0].get());
  for (std::size_t i = 0; i < 3; ++i) ::fcntl(fds[i].get(), F_SETFL, O_NONBLOCK);
  return {.id = id,
          .job = std::move(fds[0]),
          .out = std::move(fds[1]),
          .err = std::move(fds[2]),
          .pidfd = std::move(fds[3]),
          .lifeline = fds.size() > 4 ? std::move(fds[4]) : UniqueFd()};
}

}  // namespace

Pool::Pool(PoolOptions options, Prove prove, Report report)
    : options_(std::move(options)),
      prove_(std::move(prove)),
      report_(std::move(report)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      asked_(options_.cgroups) {}

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
  idle_.clear();  // closed job sockets end what may still be waiting on them
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
    if (ready == 0) warm_up_spare();
    if (ready == 0 && !swept_) tend_cgroups();
    if (events[0].revents == 0) continue;
    auto message = jail.next();
    if (!message) return message.error();
    if (!*message) return {};
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
    Worker worker = to_worker(unique_id(generation_, started->id), std::move(from.fds));
    return admit(jail, std::move(worker));
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
}

// A worker has ended: whoever has it on loan may want to know how; a spare one is replaced.
void Pool::forget(const WorkerExited& exited) {
  const std::uint64_t id = unique_id(generation_, exited.id);
  const std::lock_guard lock(mutex_);
  if (const auto loan = loans_.find(id); loan != loans_.end()) {
    loan->second = exited.wait_status;
    changed_.notify_all();
  }
  const auto spare = std::find_if(idle_.begin(), idle_.end(),
                                  [id](const Idle& idle) { return idle.worker.id == id; });
  if (spare == idle_.end()) return;
  if (!spare->worker.sealed) listen_to(*spare);  // it may have said why
  const bool sealed = spare->worker.sealed;
  idle_.erase(spare);
  if (!sealed) count_failed_spawn();
  replenish();
}

// A new worker: the first of a zygote is the canary's, all others wait for a job.
Result<void> Pool::admit(const Jail& jail, Worker worker) {
  {
    const std::lock_guard lock(mutex_);
    auto cgroup = asked_.answered();
    if (!cgroup) return cgroup.error();
    worker.cgroup = std::move(*cgroup);
  }
  if (!proven_) {
    Result<void> proof = prove_(worker, options_.setup);
    kill_worker(worker);
    if (!proof) return proof;
    const std::lock_guard lock(mutex_);
    proven_ = true;
    trouble_.clear();
    failures_ = 0;
    last_proof_ = Clock::now();
    changed_.notify_all();
    return asked_.ask(jail, options_.ready);
  }
  const std::lock_guard lock(mutex_);
  idle_.push_back(Idle{std::move(worker)});
  changed_.notify_all();  // not all who wait, wait for a worker
  return {};
}

// With the mutex held: reads what an idle worker has said since.
void Pool::listen_to(Idle& idle) {
  constexpr std::size_t kMostAnnouncement = 1024;
  auto packet = receive_packet(idle.worker.job.get(), kMostAnnouncement, MSG_DONTWAIT);
  if (!packet) {
    idle.gone = packet.error().error != EAGAIN;
    return;
  }
  const auto said = *packet ? decode_announcement((*packet)->bytes) : std::nullopt;
  if (said && said->warm) {
    idle.worker.sealed = true;
    failed_spawns_ = 0;
    idle.warmth = idle.warmth == Warmth::kWarming ? Warmth::kHot : Warmth::kWarm;
    return;
  }
  idle.gone = true;
  if (said) report_("pool " + options_.name + ": a worker could not be sealed: " + said->failure);
}

// With the mutex held.
void Pool::listen_to_all() {
  for (Idle& idle : idle_) {
    if (idle.warmth == Warmth::kCold || idle.warmth == Warmth::kWarming) listen_to(idle);
  }
  std::erase_if(idle_, [](const Idle& idle) { return idle.gone; });
}

// How long the pool's thread may sleep: for ever, unless something is due that no message
// announces.
int Pool::wait_milliseconds() {
  constexpr int kPause = 100;
  const std::lock_guard lock(mutex_);
  if (spawn_failed_) return kPause;
  const auto hot = [](const Idle& idle) { return idle.warmth == Warmth::kHot; };
  const bool all_hot = std::all_of(idle_.begin(), idle_.end(), hot);
  if (!proven_ || options_.setup.warm_up.empty() || all_hot || !loans_.empty()) {
    return swept_ ? -1 : kPause;
  }
  return static_cast<int>(options_.warm_up_after.count());
}

// Nothing has happened for a while: time to warm one spare worker with the set's own script.
void Pool::warm_up_spare() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(spawn_failed_, false)) replenish();
  if (!proven_ || !loans_.empty() || Clock::now() - last_use_ < options_.warm_up_after) return;
  listen_to_all();
  const auto is = [](Warmth warmth) {
    return [warmth](const Idle& idle) { return idle.warmth == warmth; };
  };
  if (std::any_of(idle_.begin(), idle_.end(), is(Warmth::kWarming))) return;
  const auto next = std::find_if(idle_.rbegin(), idle_.rend(), is(Warmth::kWarm));
  if (next == idle_.rend()) return;
  if (send_packet(next->worker.job.get(), encode_warm_up())) next->warmth = Warmth::kWarming;
}

// With the mutex held: asks for as many workers as are missing.
void Pool::replenish() {
  if (jail_ == nullptr || !proven_ || spawn_failed_) return;
  const auto have = static_cast<std::uint32_t>(idle_.size()) + asked_.count();
  if (have >= options_.ready) return;
  const std::uint32_t missing = options_.ready - have;
  // A zygote that cannot be asked has gone, which its socket says.
  if (auto asked = asked_.ask(*jail_, missing); !asked && asked.error().error != EPIPE) {
    report_("pool " + options_.name + ": " + asked.error().text());
    count_failed_spawn();
    ::eventfd_write(wake_.get(), 1);
  }
}

// With the mutex held: the newest of the warmest, because its pages are in the caches; failing that
// the oldest, because it will be ready first.
std::optional<Worker> Pool::take_best() {
  listen_to_all();
  if (idle_.empty()) return std::nullopt;
  auto best = idle_.begin();
  for (const Warmth warmth : {Warmth::kWarm, Warmth::kHot}) {
    for (auto idle = idle_.begin(); idle != idle_.end(); ++idle) {
      if (idle->warmth == warmth) best = idle;
    }
  }
  Worker worker = std::move(best->worker);
  idle_.erase(best);
  return worker;
}

std::optional<Lease> Pool::acquire(Deadline deadline) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (stopping_ || given_up_) return std::nullopt;
    if (auto worker = take_best()) {
      used_ = true;
      loans_.emplace(worker->id, std::nullopt);
      if (idle_.empty()) replenish();  // else after the answer: the machine is ours until then
      return Lease(this, std::move(*worker));
    }
    replenish();
    if (changed_.wait_until(lock, deadline.moment()) == std::cv_status::timeout && idle_.empty()) {
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
  idle_.clear();
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

std::optional<int> Pool::await_exit(std::uint64_t id, Deadline deadline) {
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
  state.ready = idle_.size();
  state.busy = loans_.size();
  state.proven = proven_;
  if (proven_) state.tier = name_of(options_.setup.tier);
  const bool ever = last_proof_ != Clock::time_point();
  state.proven_seconds_ago = ever ? seconds(Clock::now() - last_proof_) : -1;
  return state;
}

}  // namespace executor
