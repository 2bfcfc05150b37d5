#include "execution/service.h"

#include <algorithm>

#include "execution/proof.h"

namespace executor {
namespace {

constexpr auto kStartLimit = std::chrono::seconds(90);  // of all pools
constexpr auto kWorkerLimit = std::chrono::seconds(5);  // for a worker to become ready

Outcome refused(Ending ending, std::string error) {
  Outcome outcome;
  outcome.ending = ending;
  outcome.error = std::move(error);
  return outcome;
}

Outcome refused(Admission::Verdict verdict) {
  switch (verdict) {
    case Admission::Verdict::kAdmitted:
      break;
    case Admission::Verdict::kFull:
    case Admission::Verdict::kWaitedTooLong:
      return refused(Ending::kOverloaded, capacity_text());
    case Admission::Verdict::kClientGone:
      return refused(Ending::kCancelled, {});
    case Admission::Verdict::kClosed:
      return refused(Ending::kShuttingDown, capacity_text());
  }
  return refused(Ending::kInternal, internal_error_text());
}

// Whether a script that contains `source` may need `module`. An awaited main() needs asyncio
// without saying so.
bool names(std::string_view source, const std::string& module) {
  return source.find(module == "asyncio" ? "async" : module) != std::string_view::npos;
}

}  // namespace

PoolOptions pool_options(const ServiceOptions& options, const PreloadSet& set) {
  PoolOptions pool;
  pool.name = set.name;
  pool.jail = options.jail;
  pool.setup = options.setup;
  pool.setup.preload = set.modules;
  pool.setup.preload.insert(pool.setup.preload.end(), set.also.begin(), set.also.end());
  pool.setup.warm_up = set.warm_up;
  pool.ready = set.ready;
  return pool;
}

Service::Service(ServiceOptions options, Report report, Cgroups* cgroups)
    : options_(std::move(options)),
      report_(std::move(report)),
      cgroups_(cgroups),
      admission_(options_.workers, options_.queue) {}

Result<void> Service::start() {
  Result<void> started = failure("no tier of isolation is allowed");
  bool tried = false;
  for (const Tier tier : kTiers) {
    if (tier < options_.minimum_tier || (options_.tier && tier != *options_.tier)) continue;
    if (std::exchange(tried, true)) report_(started.error().text());
    started = start(tier);
    if (started) return started;
    started = Failure{"tier " + std::string(name_of(tier)) + ": " + started.error().step,
                      started.error().error};
  }
  return started;
}

Result<void> Service::start(Tier tier) {
  if (auto fit = check_tier(tier, options_.jail); !fit) return fit;
  options_.setup.tier = tier;
  const auto deadline = Deadline::after(kStartLimit);
  const auto report = [this](const std::string& text) {
    if (settled_) report_(text);
  };
  std::vector<std::unique_ptr<Pool>> pools;
  for (const PreloadSet& set : options_.sets) {
    PoolOptions pool = pool_options(options_, set);
    pool.cgroups = cgroups_;
    pools.push_back(std::make_unique<Pool>(std::move(pool), prove_sandbox, report));
    pools.back()->start();
  }
  for (const auto& pool : pools) {
    if (auto proven = pool->await_proven(deadline); !proven) return proven;
  }
  pools_ = std::move(pools);
  tier_ = tier;
  settled_ = true;
  return {};
}

// The set one of whose modules the script names, in whatever way: a script that reaches a module
// without naming it only pays for the import.
Pool& Service::pool_for(std::string_view source) {
  std::size_t fallback = 0;
  for (std::size_t i = 0; i < options_.sets.size(); ++i) {
    const auto& modules = options_.sets[i].modules;
    const auto named = [source](const std::string& module) { return names(source, module); };
    if (std::any_of(modules.begin(), modules.end(), named)) return *pools_[i];
    if (modules.empty()) fallback = i;
  }
  return *pools_[fallback];
}

Execution Service::execute(const Job& job, int client_fd, RunObserver* observer) {
  const auto arrived = Clock::now();
  const auto deadline =
      Deadline::after(std::chrono::duration_cast<Clock::duration>(options_.queue_wait));
  Admission::Entry entry = admission_.enter(deadline, client_fd);
  const auto admitted = Clock::now();
  Execution execution;
  if (entry.verdict == Admission::Verdict::kAdmitted) {
    execution = run(job, pool_for(job.source), client_fd, observer, std::move(entry.slot));
  } else {
    execution.outcome = refused(entry.verdict);
  }
  execution.timings.queue = admitted - arrived;
  return execution;
}

Execution Service::run(const Job& job, Pool& pool, int client_fd, RunObserver* observer,
                       Slot slot) {
  Execution execution;
  execution.slot = std::move(slot);
  const auto begun = Clock::now();
  const auto deadline = Deadline::after(kWorkerLimit);
  while (auto lease = pool.acquire(deadline)) {
    const auto handed = Clock::now();
    const auto await_exit = [&lease](Deadline by) { return lease->await_exit(by); };
    RunReport report = run_job(job, lease->worker(), options_.run, client_fd, await_exit, observer);
    if (!report.delivered) {  // the worker was dead; when its zygote is, another will come
      if (deadline.passed()) break;
      continue;
    }
    execution.outcome = std::move(report.outcome);
    execution.timings.start = handed - begun;
    execution.timings.run = Clock::now() - handed;
    execution.set = pool.options().name;
    execution.lease = std::move(*lease);
    if (!report.orderly) execution.lease.await_end();
    return execution;
  }
  execution.outcome = refused(Ending::kOverloaded, capacity_text());
  return execution;
}

std::string Service::trouble() const {
  if (!settled_) return "no tier of isolation is proven yet";
  for (const auto& pool : pools_) {
    std::string trouble = pool->trouble();
    if (!trouble.empty()) return "pool " + pool->options().name + ": " + trouble;
  }
  return {};
}

ServiceState Service::state() const {
  const Admission::Load load = admission_.load();
  ServiceState state{load.slots, load.running, load.waiting, {}};
  for (const auto& pool : pools_) state.sets.push_back(pool->state());
  return state;
}

void Service::drain() {
  admission_.close();
}

}  // namespace executor
