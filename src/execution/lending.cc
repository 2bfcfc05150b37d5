#include "execution/lending.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

namespace executor {
namespace {

// The pause before a worker is asked for again, or a cgroup is removed again.
constexpr auto kPause = std::chrono::milliseconds(100);
// Ids are unique within one zygote; its number in front makes them unique within the pool.
constexpr unsigned kIdBits = 40;
// So many failures in a row are no passing shortage.
constexpr int kManyFailures = 10;

}  // namespace

Lending::Lending(const PoolOptions& options, int wake, Report report)
    : options_(options),
      wake_(wake),
      stock_(options.ready, options.cgroups, std::move(report), [this] { this->wake(); }) {}

// With the mutex held, as the next two.
void Lending::poll_workers() {
  if (stock_.poll()) sealed_ = true;
}

void Lending::wake() {
  if (std::exchange(sleeping_, false)) ::eventfd_write(wake_, 1);
}

// In the keeper's thread, which alone changes the generation.
std::uint64_t Lending::unique_id(std::uint64_t id) const {
  return (generation_ << kIdBits) + id;
}

// With the mutex held.
bool Lending::is_current(std::uint64_t unique) const {
  return stock_.has_zygote() && unique >> kIdBits == generation_;
}

std::optional<Lease> Lending::acquire(Deadline deadline) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (given_up_) return std::nullopt;
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

void Lending::give_up() {
  const std::lock_guard lock(mutex_);
  given_up_ = true;
  changed_.notify_all();
}

bool Lending::used() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

Lending::Load Lending::load() const {
  const std::lock_guard lock(mutex_);
  return {stock_.is_open(), stock_.size(), loans_.size(), stock_.all_failures()};
}

void Lending::end_loan(std::uint64_t id, Lease::OnExit on_exit) {
  std::optional<Exit> exit;
  {
    const std::lock_guard lock(mutex_);
    exit = loans_.end(id);
    last_use_ = Clock::now();
    stock_.replenish();
    if (!exit && is_current(id) && on_exit) {
      loans_.await_end(id, std::move(on_exit));
      return;
    }
  }
  if (on_exit) on_exit(exit);
}

std::optional<Exit> Lending::await_exit(std::uint64_t id, Deadline deadline) {
  std::unique_lock lock(mutex_);
  const auto known = [this, id] { return !stock_.has_zygote() || loans_.exit_of(id).has_value(); };
  changed_.wait_until(lock, deadline.moment(), known);
  return loans_.exit_of(id);
}

Result<void> Lending::begin(const Jail& jail) {
  const std::lock_guard lock(mutex_);
  ++generation_;
  return stock_.begin(jail);
}

void Lending::open() {
  const std::lock_guard lock(mutex_);
  stock_.open();
  changed_.notify_all();
}

bool Lending::is_open() const {
  const std::lock_guard lock(mutex_);
  return stock_.is_open();
}

Result<Worker> Lending::answered(std::uint64_t id, std::vector<UniqueFd> fds) {
  Worker worker = take_worker(unique_id(id), std::move(fds));
  const std::lock_guard lock(mutex_);
  auto cgroup = stock_.take_answer();
  if (!cgroup) return cgroup.error();
  worker.cgroup = std::move(*cgroup);
  return worker;
}

Result<void> Lending::answered(int error, const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (auto answered = stock_.take_answer(); !answered) return answered.error();
  stock_.count_failure(error, why);
  return {};
}

void Lending::add(Worker worker) {
  const std::lock_guard lock(mutex_);
  stock_.add(std::move(worker));
  changed_.notify_all();  // waiters wait for different conditions
}

// The holder of its lease may want to know how; a spare one is replaced.
Lease::OnExit Lending::exited(std::uint64_t id, const Exit& exit) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t unique = unique_id(id);
  Lease::OnExit on_exit = loans_.worker_ended(unique, exit);
  if (loans_.exit_of(unique)) changed_.notify_all();
  poll_workers();
  stock_.remove(unique);
  return on_exit;
}

void Lending::demand_answer() {
  const std::lock_guard lock(mutex_);
  stock_.demand_answer();
}

bool Lending::expire_silent() {
  const std::lock_guard lock(mutex_);
  if (stock_.expire_silent()) sealed_ = true;
  return stock_.zygote_owes_answer();
}

void Lending::warm_up_spare() {
  const std::lock_guard lock(mutex_);
  stock_.retry();
  if (!stock_.is_open() || !loans_.empty()) return;
  if (Clock::now() - last_use_ < options_.warm_up_after) return;
  poll_workers();
  if (!options_.setup.warm_up.empty()) stock_.warm_up_one();
}

int Lending::failures() const {
  const std::lock_guard lock(mutex_);
  return stock_.is_short() && !loans_.empty() ? 0 : stock_.failures();
}

bool Lending::is_barren() const {
  const std::lock_guard lock(mutex_);
  return stock_.unmade() >= kManyFailures && stock_.size() == 0 && loans_.empty();
}

int Lending::wait_milliseconds(Clock::time_point next_look, bool swept) {
  const std::lock_guard lock(mutex_);
  const bool look_due = stock_.zygote_owes_answer() || stock_.worker_owes_answer();
  auto wait = Clock::duration::max();
  if (look_due) wait = std::max(next_look - Clock::now(), Clock::duration::zero());
  if (stock_.is_pausing() || !swept) wait = std::min<Clock::duration>(wait, kPause);
  const bool idle = stock_.is_open() && !stock_.is_pausing() && loans_.empty();
  if (idle && !options_.setup.warm_up.empty() && !stock_.all_hot()) {
    wait = std::min<Clock::duration>(wait, options_.warm_up_after);
  }
  sleeping_ = wait == Clock::duration::max();
  if (sleeping_) return -1;
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(wait).count());
}

bool Lending::close(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  if (!is_current(id)) return false;
  stock_.close();
  return true;
}

bool Lending::end() {
  const std::lock_guard lock(mutex_);
  stock_.end();
  changed_.notify_all();
  return std::exchange(sealed_, false);
}

void Lending::forget_ended_loans() {
  std::map<std::uint64_t, Lease::OnExit> ended;
  {
    const std::lock_guard lock(mutex_);
    ended = loans_.take_waiting();
  }
  for (const auto& [id, on_exit] : ended) on_exit(std::nullopt);
}

}  // namespace executor
