#include "execution/service.h"

#include <sys/eventfd.h>

#include <algorithm>

namespace executor {
namespace {

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

// The set one of whose modules the script names, in whatever way: a script that reaches a module
// without naming it only pays for the import.
std::shared_ptr<Pool> pool_for(const Generation& generation, std::string_view source) {
  std::size_t fallback = 0;
  for (std::size_t i = 0; i < generation.options.sets.size(); ++i) {
    const auto& modules = generation.options.sets[i].modules;
    const auto named = [source](const std::string& module) { return names(source, module); };
    if (std::any_of(modules.begin(), modules.end(), named)) return generation.members[i].pool;
    if (modules.empty()) fallback = i;
  }
  return generation.members[fallback].pool;
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
      cgroups_(cgroups),
      admission_(options_.workers, options_.queue),
      interrupt_(::eventfd(0, EFD_CLOEXEC)),
      fleet_(std::move(report), cgroups) {}

Result<void> Service::start() {
  if (auto settled = fleet_.settle(options_); !settled) return settled;
  attester_.emplace(fleet_);
  return {};
}

Result<void> Service::reload(const ServiceOptions& options) {
  if (cgroups_ != nullptr && cgroup_limits(options.setup.limits) != cgroups_->limits()) {
    return failure("a run's limits can only be changed by a new start where it has a cgroup");
  }
  if (auto settled = fleet_.settle(options); !settled) return settled;
  admission_.resize(options.workers, options.queue);
  return {};
}

Execution Service::execute(const Job& job, int client_fd, RunObserver* observer) {
  const auto arrived = Clock::now();
  const auto wait = fleet_.current()->options.queue_wait;
  const auto deadline = Deadline::after(std::chrono::duration_cast<Clock::duration>(wait));
  Admission::Entry entry = admission_.enter(deadline, client_fd);
  const auto admitted = Clock::now();
  Execution execution;
  if (entry.verdict == Admission::Verdict::kAdmitted) {
    execution = run(job, client_fd, observer, std::move(entry.slot));
  } else {
    execution.outcome = refused(entry.verdict);
  }
  execution.timings.queue = admitted - arrived;
  return execution;
}

// Empty when no worker has become ready in time, or when nobody may start any more.
std::optional<Lease> Service::lease_from(Pool& pool, Deadline deadline) const {
  if (interrupted_ || deadline.passed()) return std::nullopt;
  return pool.acquire(deadline);
}

Execution Service::run(const Job& job, int client_fd, RunObserver* observer, Slot slot) {
  const auto generation = fleet_.current();
  const RunLimits& limits = generation->options.run;
  Execution execution;
  execution.slot = std::move(slot);
  execution.pool = pool_for(*generation, job.source);
  execution.memory_limit = limits.memory;
  const auto begun = Clock::now();
  const auto deadline = Deadline::after(kWorkerLimit);
  while (auto lease = lease_from(*execution.pool, deadline)) {
    const auto handed = Clock::now();
    const auto await_exit = [&lease](Deadline by) { return lease->await_exit(by); };
    RunReport report =
        run_job(job, lease->worker(), limits, client_fd, await_exit, observer, interrupt_.get());
    // The worker was dead or unfit. When its zygote is dead too, another will come.
    if (report.mute) fleet_.suspect(*execution.pool);
    if (!report.delivered) continue;
    if (report.outcome.ending == Ending::kInternal) fleet_.suspect(*execution.pool);
    execution.outcome = std::move(report.outcome);
    execution.timings.start = handed - begun;
    execution.timings.run = Clock::now() - handed;
    execution.set = execution.pool->options().name;
    execution.lease = std::move(*lease);
    if (!report.orderly) execution.lease.await_end();
    return execution;
  }
  execution.outcome =
      refused(interrupted_ ? Ending::kShuttingDown : Ending::kOverloaded, capacity_text());
  return execution;
}

std::string Service::trouble() const {
  const auto generation = fleet_.current();
  if (!generation) return "no tier of isolation is proven yet";
  for (const auto& member : generation->members) {
    std::string trouble = member.pool->trouble();
    if (!trouble.empty()) return "pool " + member.pool->options().name + ": " + trouble;
  }
  return {};
}

ServiceState Service::state() const {
  const Admission::Load load = admission_.load();
  ServiceState state{load.slots, load.running, load.waiting, {}};
  const auto generation = fleet_.current();
  if (!generation) return state;
  for (const auto& member : generation->members) state.sets.push_back(member.pool->state());
  return state;
}

void Service::drain() {
  admission_.close();
}

void Service::interrupt() {
  interrupted_ = true;
  ::eventfd_write(interrupt_.get(), 1);
  for (const auto& member : fleet_.current()->members) member.pool->give_up();
}

}  // namespace executor
