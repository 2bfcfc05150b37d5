#include "execution/service.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <exception>
#include <system_error>
#include <thread>
#include <tuple>

#include "base/peer.h"
#include "execution/hints.h"
#include "execution/left_files.h"
#include "execution/set_choice.h"

namespace executor {
namespace {

Outcome refused(Ending ending, std::string error) {
  Outcome outcome;
  outcome.ending = ending;
  outcome.error = std::move(error);
  return outcome;
}

Outcome refused(Admission::AdmissionResult result) {
  switch (result) {
    case Admission::AdmissionResult::kAdmitted:
      break;
    case Admission::AdmissionResult::kFull:
    case Admission::AdmissionResult::kWaitedTooLong:
      return refused(Ending::kOverloaded, capacity_text());
    case Admission::AdmissionResult::kClientGone:
      return refused(Ending::kCancelled, {});
    case Admission::AdmissionResult::kClosed:
      return refused(Ending::kShuttingDown, shutting_down_text(false));
  }
  return refused(Ending::kInternal, internal_error_text());
}

// How soon another zygote of the set is asked for the worker that the first has not given.
constexpr auto kAskAnother = std::chrono::milliseconds(50);

// The best of the set's pools: it serves, has a ready worker, and has few busy ones, in this order
// of importance.
std::shared_ptr<Pool> best_pool(const Generation& generation, std::size_t set) {
  const auto members = generation.members_of(set);
  if (members.size() == 1) return members.front().pool;
  const auto rank = [](const std::shared_ptr<Pool>& pool) {
    const Pool::Load load = pool->load();
    return std::tuple(!load.attested, load.ready == 0, load.busy);
  };
  std::shared_ptr<Pool> best = members.front().pool;
  auto least = rank(best);
  for (const Generation::Member& member : members.subspan(1)) {
    const auto its = rank(member.pool);
    if (its >= least) continue;
    best = member.pool;
    least = its;
  }
  return best;
}

// For a run to be gone, and for a free worker that reads its files: else they are not answered.
constexpr auto kLongestEnd = std::chrono::seconds(3);
HintFacts facts_of(const RunRequest& request, const Generation& generation) {
  return {request.job.dialect, request.timeout, request.max_timeout,
          lowered(generation.options.run, request.job.limits),
          lowered(generation.options.setup.limits, request.job.limits)};
}

// At most as many as there are other workers.
constexpr std::uint32_t kEndingWorkers = 64;

}  // namespace

std::uint32_t zygotes_of_each_set(const ServiceOptions& options) {
  return traits_of(options.setup.tier).launcher ? 1 : options.zygotes;
}

PoolOptions pool_options(const ServiceOptions& options, const PreloadSet& set) {
  PoolOptions pool;
  pool.name = set.name;
  pool.jail = options.jail;
  pool.setup = options.setup;
  pool.setup.preload = set.modules;
  pool.setup.preload.insert(pool.setup.preload.end(), set.also.begin(), set.also.end());
  pool.setup.warm_up = set.warm_up;
  const std::uint32_t zygotes = zygotes_of_each_set(options);
  pool.ready = (set.ready + zygotes - 1) / zygotes;
  // Runs, spare workers and those that replace them, and as many again that are ending, which takes
  // a run with many processes a quarter of a second.
  pool.jail.run_ids = 2 * (options.workers + set.ready) + kEndingWorkers;
  return pool;
}

Service::Service(ServiceOptions options, Report report, CgroupSubtree* cgroups,
                 MemoryBudget* memory)
    : options_(std::move(options)),
      cgroups_(cgroups),
      memory_(memory),
      admission_(options_.workers, options_.queue),
      interrupt_(::eventfd(0, EFD_CLOEXEC)),
      pools_(std::move(report), cgroups) {}

Result<void> Service::start() {
  // Set by whatever comes first: a set is attested, or all is over.
  const auto first = std::make_shared<std::promise<void>>();
  const auto once = std::make_shared<std::once_flag>();
  const auto decided = [first, once] { std::call_once(*once, [&first] { first->set_value(); }); };
  settled_ = std::async(std::launch::async, [this, decided] {
               auto settled = pools_.apply(options_, [this, &decided] {
                 admission_.reconsider();
                 if (pools_.current()) decided();
               });
               all_attested_ = settled.has_value();
               admission_.reconsider();
               decided();
               return settled;
             }).share();
  first->get_future().wait();
  if (!pools_.current()) return settled_.get();
  attestation_timer_.emplace(pools_);
  return {};
}

Result<void> Service::await_all_sets() const {
  return settled_.get();
}

std::vector<std::string> Service::starting_sets() const {
  std::vector<std::string> names;
  if (all_attested_) return names;
  const auto generation = pools_.current();
  for (std::size_t set = 0; generation && set < generation->options.sets.size(); ++set) {
    if (is_starting(*generation, set)) names.push_back(generation->options.sets[set].name);
  }
  return names;
}

Result<void> Service::reload(const ServiceOptions& options) {
  if (cgroups_ != nullptr && cgroup_limits(options.setup.limits) != cgroups_->limits()) {
    return failure("where runs have cgroups, their limits can only be changed by a restart");
  }
  if (auto settled = await_all_sets(); !settled) return settled;
  if (auto settled = pools_.apply(options); !settled) return settled;
  admission_.resize(options.workers, options.queue);
  return {};
}

Admission::Entry Service::enter(const RunRequest& request, const Caller& caller,
                                Clock::time_point from, bool again) {
  const auto wait = request.patience.value_or(pools_.current()->options.queue_wait);
  const auto deadline = Deadline::at(from + std::chrono::duration_cast<Clock::duration>(wait));
  // enter_again() would give a free slot even to a request whose client is gone.
  if (again && caller.connection >= 0 && peer_is_gone(caller.connection)) {
    return {Admission::AdmissionResult::kClientGone, {}};
  }
  Admission::MayRun may = may_run(request.job);
  return again ? admission_.enter_again(deadline, caller.connection, caller.key, std::move(may))
               : admission_.enter(deadline, caller.connection, caller.key, std::move(may));
}

// Whether a set for the job has been attested; empty once all have.
Admission::MayRun Service::may_run(const Job& job) const {
  if (all_attested_) return {};
  return [this, sets = sets_for(*pools_.current(), job)] {
    return serving_one(*pools_.current(), sets).has_value();
  };
}

std::size_t Service::set_of(const Generation& generation, const Job& job) const {
  if (all_attested_) return set_for(generation, job);
  const auto sets = sets_for(generation, job);
  return serving_one(generation, sets).value_or(sets.front());
}

Execution Service::execute(const RunRequest& request, const Caller& caller, RunObserver* observer) {
  Admission::Entry entry = enter(request, caller, caller.arrived, false);
  const auto admitted = Clock::now();
  Execution execution;
  if (entry.result == Admission::AdmissionResult::kAdmitted) {
    execution = run(request, caller.connection, {.observer = observer}, std::move(entry.slot));
  } else {
    execution.outcome = refused(entry.result);
  }
  execution.timings.queue = admitted - caller.arrived;
  return execution;
}

// A thread of its own has no caller that could answer for what it throws.
Execution Service::run_or_fail(const RunRequest& request, const Caller& caller, std::size_t index,
                               Slot slot) {
  try {
    return run(request, caller.connection, {.own = &request.runs[index].own}, std::move(slot));
  } catch (const std::exception& error) {
    Execution failed;
    failed.outcome.error = error.what();
    return failed;
  }
}

// Only one of the runs at a time waits in the queue, so together they count as one waiter. Each run
// has its own thread; if none can be made, it runs in this one.
std::optional<Execution> Service::execute_all(const RunRequest& request, const Caller& caller,
                                              const RunDone& done,
                                              const std::function<void()>& waits) {
  std::atomic<std::size_t> running = 0;
  std::vector<Slot> slots(request.runs.size());
  std::vector<std::jthread> threads;  // joined before what they use goes
  threads.reserve(request.runs.size());
  for (std::size_t index = 0; index < request.runs.size(); ++index) {
    const auto from = index == 0 ? caller.arrived : Clock::now();
    Admission::Entry entry = enter(request, caller, from, index > 0);
    // If the request's own runs hold the slots, waiting too long is no reason to give up.
    for (bool own = running > 0;
         own && entry.result == Admission::AdmissionResult::kWaitedTooLong;) {
      waits();
      own = running > 0;
      entry = enter(request, caller, Clock::now(), true);
    }
    Execution refusal;
    refusal.outcome = refused(entry.result);
    refusal.timings.queue = Clock::now() - from;
    if (entry.result != Admission::AdmissionResult::kAdmitted) {
      if (index == 0) return refusal;
      done(index, std::move(refusal));
      continue;
    }
    ++running;
    slots[index] = std::move(entry.slot);
    const auto work = [&, index, queue = refusal.timings.queue] {
      Execution execution = run_or_fail(request, caller, index, std::move(slots[index]));
      execution.timings.queue = queue;
      done(index, std::move(execution));
      --running;
    };
    try {
      threads.emplace_back(work);
    } catch (const std::system_error&) {
      work();
    }
  }
  return std::nullopt;
}

// Empty when no worker became ready in time, or when no run may start any more.
std::optional<Lease> Service::lease_from(Pool& pool, Deadline deadline) const {
  if (interrupted_ || deadline.passed()) return std::nullopt;
  return pool.acquire(deadline);
}

// The same from the best pool of a set, which `pool` then is. Where there are several, a zygote
// that is lost while a request waits for its worker does not keep it waiting.
std::optional<Lease> Service::lease_from(const Generation& generation, std::size_t set,
                                         std::shared_ptr<Pool>& pool, Deadline deadline) const {
  const bool alone = generation.members_of(set).size() == 1;
  while (!interrupted_ && !deadline.passed()) {
    pool = best_pool(generation, set);
    const auto until = alone ? deadline : Deadline::earlier(deadline, Deadline::after(kAskAnother));
    auto lease = lease_from(*pool, until);
    if (lease || alone) return lease;
  }
  return std::nullopt;
}

// Reads the files once nothing of the run is left that could change them. If that fails, the answer
// keeps saying that they could not be read.
void Service::read_files(const Job& job, const JobInputs* own, int directory, const Lease& ended,
                         Execution& execution) {
  kill_worker(ended.worker());
  await_gone(ended.worker(), Deadline::after(kLongestEnd));
  const auto reader = lease_from(*execution.pool, Deadline::after(kLongestEnd));
  if (!reader) return;
  const auto limit = lowered(pools_.current()->options.run, job.limits).result;
  // The files that were there before: the run's own if it has any, else the request's.
  const bool has_own = own != nullptr && own->files;
  const Job wanted{.dialect = job.dialect,
                   .outputs = job.outputs,
                   .limits = job.limits,
                   .files = has_own ? *own->files : job.files};
  auto files = read_left_files(wanted, directory, reader->worker(), limit);
  if (files) execution.outcome.files = judge_files(std::move(*files));
}

Execution Service::run(const RunRequest& request, int client_fd, const RunSurroundings& around,
                       Slot slot) {
  const auto generation = pools_.current();
  const RunLimits& limits = generation->options.run;
  Execution execution;
  execution.slot = std::move(slot);
  if (memory_ != nullptr) execution.memory = memory_->answer();
  RunSurroundings mine = around;
  mine.stop_fd = interrupt_.get();
  mine.memory = &execution.memory;
  const std::size_t set = set_of(*generation, request.job);
  execution.memory_limit = limits.memory;
  const auto begun = Clock::now();
  const auto deadline = Deadline::after(kWorkerLimit);
  while (auto lease = lease_from(*generation, set, execution.pool, deadline)) {
    const auto handed = Clock::now();
    const auto await_exit = [&lease](Deadline by) { return lease->await_exit(by); };
    RunReport report = run_job(request, lease->worker(), limits, client_fd, await_exit, mine);
    // The worker was dead or unusable. If its zygote is dead too, another will replace it.
    if (report.unresponsive) pools_.mark_suspect(*execution.pool);
    if (!report.delivered) continue;
    if (report.outcome.ending == Ending::kInternal) pools_.mark_suspect(*execution.pool);
    execution.outcome = std::move(report.outcome);
    execution.outcome.hint = hint_of(execution.outcome, facts_of(request, *generation));
    execution.timings.start = handed - begun;
    execution.timings.run = Clock::now() - handed;
    execution.set = execution.pool->options().name;
    if (report.directory)
      read_files(request.job, around.own, report.directory.get(), *lease, execution);
    execution.lease = std::move(*lease);
    if (!report.awaiting_release) execution.lease.await_end();
    return execution;
  }
  execution.outcome = interrupted_ ? refused(Ending::kShuttingDown, shutting_down_text(false))
                                   : refused(Ending::kOverloaded, capacity_text());
  return execution;
}

void Service::drain() {
  admission_.close();
}

void Service::interrupt() {
  interrupted_ = true;
  ::eventfd_write(interrupt_.get(), 1);
  for (const auto& member : pools_.current()->members) member.pool->give_up();
}

}  // namespace executor
