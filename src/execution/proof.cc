#include "execution/proof.h"

#include "execution/run.h"

namespace executor {
namespace {

constexpr auto kCanaryLimit = std::chrono::seconds(10);

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "; ") + part;
  return text;
}

}  // namespace

Result<CanaryFacts> run_canary(const Worker& worker) {
  const int pid = host_pid(worker);
  if (pid < 0) return failure("prove the sandbox: the canary's worker is gone");
  const Job canary{Dialect::kProgram, std::string(canary_script()), kCanaryLimit};
  const auto unknown = [](Deadline) { return std::optional<int>(); };
  const RunReport report = run_job(canary, worker, RunLimits(), -1, unknown);
  if (report.outcome.ending != Ending::kReturned) {
    return failure("prove the sandbox: the canary failed: " + report.outcome.error + " " +
                   report.outcome.err);
  }
  auto outside = observe(pid);  // the worker waits to be let go
  if (!outside) return outside.error();
  return CanaryFacts{parse_facts(report.outcome.out), std::move(*outside)};
}

Result<void> prove_sandbox(const Worker& worker, const Setup& setup) {
  const auto facts = run_canary(worker);
  if (!facts) return facts.error();
  auto missing = missing_facts(setup.tier, facts->inside, facts->outside, setup.expose);
  if (worker.cgroup) {
    const auto more = worker.cgroup.missing_facts(host_pid(worker));
    missing.insert(missing.end(), more.begin(), more.end());
  }
  if (!missing.empty()) return failure("the sandbox is not proven: " + joined(missing));
  return {};
}

}  // namespace executor
