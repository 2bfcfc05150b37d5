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

// Python's words for the list, whatever is in the texts.
std::string python_list(const std::vector<std::string>& texts) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string list = "[";
  for (const std::string& text : texts) {
    list += "bytes.fromhex('";
    for (const char byte : text) {
      list += kDigits[static_cast<unsigned char>(byte) >> 4U];
      list += kDigits[static_cast<unsigned char>(byte) & 15U];
    }
    list += "').decode(errors='surrogateescape'),";
  }
  return list + "]";
}

// What the canary cannot find out by itself where /proc is closed to it.
std::string canary_for(const Setup& setup) {
  std::string script(canary_script());
  if (setup.tier != Tier::kUid) return script;
  return "PLACES = " + python_list(mount_points()) + "\n" + script;
}

}  // namespace

Result<CanaryFacts> run_canary(const Worker& worker, const Setup& setup) {
  const int pid = host_pid(worker);
  if (pid < 0) return failure("prove the sandbox: the canary's worker is gone");
  const Job canary{Dialect::kProgram, canary_for(setup), kCanaryLimit};
  const auto unknown = [](Deadline) { return std::optional<Exit>(); };
  const RunReport report = run_job(canary, worker, RunLimits(), -1, unknown);
  if (report.outcome.ending != Ending::kReturned) {
    return failure("prove the sandbox: the canary failed: " + report.outcome.error + " " +
                   report.outcome.err);
  }
  auto outside = observe(pid, setup);  // the worker waits to be let go
  if (!outside) return outside.error();
  CanaryFacts facts{parse_facts(report.outcome.out), std::move(*outside)};
  relate_memory_limits(setup.limits, facts.outside, facts.inside);
  return facts;
}

Result<void> prove_sandbox(const Worker& worker, const Setup& setup) {
  const auto facts = run_canary(worker, setup);
  if (!facts) return facts.error();
  auto missing = missing_facts(setup, facts->inside, facts->outside);
  if (worker.cgroup) {
    const auto more = worker.cgroup.missing_facts(host_pid(worker));
    missing.insert(missing.end(), more.begin(), more.end());
  }
  if (!missing.empty()) return failure("the sandbox is not proven: " + joined(missing));
  return {};
}

}  // namespace executor
