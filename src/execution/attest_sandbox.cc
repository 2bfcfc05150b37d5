#include "execution/attest_sandbox.h"

#include "execution/run.h"
#include "jail/canary.h"

namespace executor {
namespace {

// Far above what a canary takes on a machine that is fully busy, and below the limit of a start.
constexpr auto kCanaryLimit = std::chrono::seconds(60);

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "; ") + part;
  return text;
}

std::string value_of(const Facts& facts, const std::string& name) {
  const auto found = facts.find(name);
  return found == facts.end() ? "unknown" : found->second;
}

Result<void> attest(const Worker& worker, const Setup& setup, bool landlock) {
  const auto facts = run_canary(worker, setup);
  if (!facts) return facts.error();
  auto missing = missing_facts(setup, facts->inside, facts->outside);
  if (worker.cgroup) {
    const auto more = worker.cgroup.missing_facts(host_pid(worker));
    missing.insert(missing.end(), more.begin(), more.end());
  }
  const std::string found = value_of(facts->inside, "landlock");
  if (landlock && found != "enforced") missing.push_back("landlock is " + found + ", but required");
  if (!missing.empty()) return failure("the sandbox is not attested: " + joined(missing));
  return {};
}

}  // namespace

Result<CanaryFacts> run_canary(const Worker& worker, const Setup& setup) {
  const int pid = host_pid(worker);
  if (pid < 0) return failure("attest the sandbox: the canary's worker is gone");
  const RunRequest canary{{Dialect::kProgram, canary_for(setup)}, kCanaryLimit};
  const auto unknown = [](Deadline) { return std::optional<Exit>(); };
  const RunSurroundings alone{.hand_over = kCanaryLimit};  // its job cannot be given to another
  const RunReport report = run_job(canary, worker, RunLimits(), -1, unknown, alone);
  if (report.outcome.ending != Ending::kReturned) {
    return failure("attest the sandbox: the canary failed: " + report.outcome.error + " " +
                   report.outcome.err);
  }
  auto outside = observe(pid, setup);  // the worker waits to be released
  if (!outside) return outside.error();
  CanaryFacts facts{parse_facts(report.outcome.out), std::move(*outside)};
  relate_memory_limits(setup.limits, facts.outside, facts.inside);
  return facts;
}

Result<void> attest_sandbox(const Worker& worker, const Setup& setup) {
  return attest(worker, setup, false);
}

Result<void> attest_sandbox_with_landlock(const Worker& worker, const Setup& setup) {
  return attest(worker, setup, true);
}

}  // namespace executor
