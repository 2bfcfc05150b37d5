#include "execution/pool_set.h"

#include <algorithm>
#include <future>
#include <utility>

#include "base/attempt.h"
#include "base/landlock_abi.h"
#include "execution/attest_sandbox.h"

namespace executor {
namespace {

// Until all pools are attested. While nothing serves, less than systemd waits for it; when others
// serve meanwhile, a slow machine is no reason to fail.
constexpr auto kStartLimit = std::chrono::seconds(140);
constexpr auto kReplacementLimit = std::chrono::seconds(600);
// A suspect pool is replaced only at this age, and after a failed attempt the next one waits this
// long: a permanent fault must not make us start one zygote after another.
constexpr auto kSuspectAge = std::chrono::seconds(10);
constexpr auto kAfterFailure = std::chrono::seconds(60);

// Attests a sandbox of these options.
Pool::Attest attestation_for(const ServiceOptions& options) {
  const bool landlock =
      !traits_of(options.setup.tier).namespaces && options.landlock == LandlockMode::kRequired;
  return landlock ? attest_sandbox_with_landlock : attest_sandbox;
}

}  // namespace

PoolSet::PoolSet(Report report, CgroupSubtree* cgroups)
    : report_(std::move(report)), cgroups_(cgroups), thread_(&PoolSet::maintenance_loop, this) {}

PoolSet::~PoolSet() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  current_.reset();
  retired_.clear();
}

std::shared_ptr<const Generation> PoolSet::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

Result<void> PoolSet::apply(const ServiceOptions& options, const Attested& attested) {
  const auto serving = current();
  Result<void> settled = failure("no tier of isolation is allowed");
  bool tried = false;
  for (const Tier tier : kTiers) {
    if (tier < options.minimum_tier || (options.tier && tier != *options.tier)) continue;
    if (!options.tier && serving && tier < serving->options.setup.tier) continue;
    if (std::exchange(tried, true)) report_(settled.error().text());
    auto started = attempt([&] { return start(options, tier, attested); });
    if (started) return {};
    settled = Failure{"tier " + std::string(name_of(tier)) + ": " + started.error().step,
                      started.error().error};
  }
  return settled;
}

Result<void> PoolSet::start(const ServiceOptions& options, Tier tier, const Attested& attested) {
  if (auto fit = check_tier(tier, options.jail); !fit) return fit.error();
  const bool serving = current() != nullptr;
  Start start{.generation = std::make_shared<Generation>(),
              .serves_early = options.serve_after == ServeAfter::kFirstSet && !serving,
              .deadline = Deadline::after(serving ? kReplacementLimit : kStartLimit),
              .attested = attested};
  Generation& generation = *start.generation;
  generation.options = options;
  generation.options.setup.tier = tier;
  if (serving || start.serves_early) generation.options.jail.start_timeout = kReplacementLimit;
  const std::uint32_t zygotes = zygotes_of_each_set(generation.options);
  // Until it is attested a pool's failure is not reported: start() fails with it.
  std::vector<std::shared_ptr<std::atomic<bool>>> reports;
  for (std::size_t set = 0; set < options.sets.size(); ++set) {
    for (std::uint32_t i = 0; i < zygotes; ++i) {
      const auto& mine = reports.emplace_back(std::make_shared<std::atomic<bool>>(false));
      const Report report = [this, mine](const std::string& text) {
        if (*mine) report_(text);
      };
      generation.members.push_back(
          {set, make_pool(generation.options, options.sets[set], report), Clock::now()});
    }
  }
  // Those for which there is no thread are awaited by this one: hence no std::launch::async.
  std::vector<std::future<Result<void>>> ends;
  for (std::size_t i = 0; i < generation.members.size(); ++i) {
    ends.push_back(std::async([this, &start, &reports, i] {
      return await(*start.generation->members[i].pool, *reports[i], start);
    }));
  }
  Result<void> all;
  for (auto& end : ends) {
    const Result<void> one = end.get();
    if (all && !one) all = one;
  }
  if (all) begin_to_serve(start);
  return all;
}

// One thread for each pool, if there can be as many.
Result<void> PoolSet::await(Pool& pool, std::atomic<bool>& reports, Start& start) {
  auto result = pool.await_attested(start.deadline);
  if (!result && start.serves) {  // what has failed, and is not late, fails at once again
    result = pool.await_attested(Deadline::after(kReplacementLimit));
  }
  if (!result) {
    start.failed = true;
    return result;
  }
  reports = true;
  if (start.serves_early && !start.failed) begin_to_serve(start);
  start.attested();
  return result;
}

void PoolSet::begin_to_serve(Start& start) {
  report_identity(*start.generation);
  std::call_once(start.taken_over, [this, &start] {
    report_lack_of_landlock(start.generation->options.setup.tier);
    take_over(start.generation);
    start.serves = true;
  });
}

std::shared_ptr<Pool> PoolSet::make_pool(const ServiceOptions& options, const PreloadSet& set,
                                         const Report& report) {
  PoolOptions mine = pool_options(options, set);
  if (!traits_of(options.setup.tier).launcher) mine.cgroups = cgroups_;
  auto pool = std::make_unique<Pool>(std::move(mine), attestation_for(options), report);
  pool->start();
  // The thread that drops the last reference, perhaps a request's, must not wait for its end.
  return {pool.release(), [this](Pool* last) { dispose(std::unique_ptr<Pool>(last)); }};
}

void PoolSet::dispose(std::unique_ptr<Pool> pool) {
  const std::lock_guard lock(mutex_);
  suspects_.erase(pool.get());
  retired_.push_back(std::move(pool));
  changed_.notify_all();
}

void PoolSet::take_over(std::shared_ptr<const Generation> next) {
  {
    const std::lock_guard lock(mutex_);
    current_.swap(next);
  }
  changed_.notify_all();
}  // and here, without the lock, the previous generation is released

void PoolSet::report_lack_of_landlock(Tier tier) {
  if (traits_of(tier).namespaces || landlock_abi() > 0) return;
  report_(
      "no Landlock here: in the tier uid a run can read names, command lines and sizes of other "
      "runs' processes, and every file of the container that everyone may read");
}

// Once, not again for each pool that takes over.
void PoolSet::report_identity(const Generation& generation) {
  for (const auto& member : generation.members) {
    const std::string why = member.pool->why_shared();
    {
      const std::lock_guard lock(mutex_);
      if (why.empty() || why == reported_identity_) continue;
      reported_identity_ = why;
    }
    report_("all runs have the service's own user id on the host: " + why);
  }
}

void PoolSet::mark_suspect(const Pool& pool) {
  {
    const std::lock_guard lock(mutex_);
    suspects_.insert(&pool);
  }
  changed_.notify_all();
}

// With the mutex held: when the member is to be replaced.
Clock::time_point PoolSet::due(const Generation::Member& member) const {
  const auto span = std::chrono::duration_cast<Clock::duration>(current_->options.recycle);
  auto moment = Clock::time_point::max();
  if (span > Clock::duration::zero()) moment = member.since + span;
  if (suspects_.contains(member.pool.get())) moment = std::min(moment, member.since + kSuspectAge);
  return std::max(moment, not_before_);
}

// With the mutex held.
Clock::time_point PoolSet::next_due() const {
  auto earliest = Clock::time_point::max();
  if (!current_) return earliest;
  for (const auto& member : current_->members) earliest = std::min(earliest, due(member));
  return earliest;
}

// The thread.
void PoolSet::maintenance_loop() {
  constexpr auto kLongest = std::chrono::hours(1);  // a wait until the end of time would overflow
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!retired_.empty()) {
      auto ended = std::exchange(retired_, {});
      lock.unlock();
      ended.clear();
      lock.lock();
      continue;
    }
    const auto now = Clock::now();
    if (next_due() > now) {
      changed_.wait_until(lock, std::min<Clock::time_point>(next_due(), now + kLongest));
      continue;
    }
    auto from = current_;
    const auto member = std::find_if(from->members.begin(), from->members.end(),
                                     [this, now](const auto& one) { return due(one) <= now; });
    lock.unlock();
    recycle(from, static_cast<std::size_t>(member - from->members.begin()));
    from.reset();  // perhaps the last to hold it, and dispose() takes the lock
    lock.lock();
  }
}

// After a failed attempt, also one without a thread, a descriptor or memory, the pool serves on.
void PoolSet::recycle(const std::shared_ptr<const Generation>& from, std::size_t index) {
  const auto replaced = attempt([&] { return replace(from, index); });
  if (replaced) return;
  report_("the zygote was not replaced: " + replaced.error().text());
  const std::lock_guard lock(mutex_);
  not_before_ = Clock::now() + kAfterFailure;
}

// Replaces one pool of `from`, unless others have taken over meanwhile. One that has lent nothing
// since it was made is as good as a new one, and one in trouble is already making a new zygote.
Result<void> PoolSet::replace(const std::shared_ptr<const Generation>& from, std::size_t index) {
  auto next = std::make_shared<Generation>(*from);
  Generation::Member& member = next->members[index];
  member.since = Clock::now();
  if (member.pool->used() && member.pool->unhealthy_reason().empty()) {
    const PreloadSet& set = next->options.sets[member.set];
    member.pool = make_pool(next->options, set, report_);
    if (auto attested = member.pool->await_attested(Deadline::after(kReplacementLimit));
        !attested) {
      return attested;
    }
    member.since = Clock::now();
  }
  report_identity(*next);
  const Pool* const old = from->members[index].pool.get();
  std::unique_lock lock(mutex_);
  suspects_.erase(old);
  if (current_ != from) return {};
  std::shared_ptr<const Generation> previous = std::exchange(current_, std::move(next));
  lock.unlock();
  return {};
}

}  // namespace executor
