#include "doctor/tiers.h"

#include <optional>

#include "execution/attest_sandbox.h"

namespace executor {
namespace {

constexpr auto kStartLimit = std::chrono::seconds(120);  // of one zygote, its imports included

constexpr const char* kNotConfined =
    "this is not a sandbox. If this is a container, start it with container=docker in the "
    "environment of its first process; otherwise fix the other absent facts";

// Its zygotes are the launcher's to start, which is part of a running service.
constexpr const char* kAskTheService =
    "see the log or /runtime of a running service: only its launcher starts zygotes of this tier";

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

// Runs in the pool's thread, which ends before the pool does.
Pool::Attest recording_attest(std::optional<std::vector<Judgement>>& judged) {
  return [&judged](const Worker& worker, const Setup& setup) -> Result<void> {
    const auto facts = run_canary(worker, setup);
    if (!facts) return facts.error();
    judged = judge_facts(setup, facts->inside, facts->outside);
    if (!missing_facts(setup, facts->inside, facts->outside).empty()) {
      return failure("the sandbox is not attested");
    }
    return {};
  };
}

Section attest_set(const PoolOptions& options, Tier tier, bool& attested) {
  Section section{"tier " + std::string(name_of(tier)) + ", set " + options.name, {}};
  std::optional<std::vector<Judgement>> judged;
  Result<void> outcome;
  {
    Pool pool(options, recording_attest(judged), [](const std::string&) {});
    pool.start();
    outcome = pool.await_attested(Deadline::after(kStartLimit));
  }
  attested = outcome.has_value();
  if (judged) {
    section.findings = findings_of(*judged);
  } else {
    section.findings.push_back(missing_required(
        "a zygote starts and answers: " + (outcome ? "it did not" : outcome.error().text()),
        kFixTheOthers));
  }
  return section;
}

}  // namespace

std::vector<Finding> findings_of(const std::vector<Judgement>& judged) {
  std::vector<Finding> findings;
  for (const Judgement& one : judged) {
    const std::string name = (one.inside ? "inside, " : "outside, ") + one.name;
    if (!one.applies) {
      findings.push_back(not_applicable(name + ": this tier does not promise it"));
    } else if (one.holds()) {
      findings.push_back(verified(name + " = " + quoted(one.promised)));
    } else {
      findings.push_back(missing_required(name + " is " +
                                              (one.found ? quoted(*one.found) : "unknown") +
                                              ", not " + quoted(one.promised),
                                          kNotConfined));
    }
  }
  return findings;
}

TierReport attest_tier(const ServiceOptions& service, Tier tier) {
  TierReport report{tier, !service.sets.empty(), {}};
  if (auto fit = check_tier(tier, service.jail); !fit) {
    report.attested = false;
    report.sections.push_back(
        {"tier " + std::string(name_of(tier)),
         {missing_required("it can be tried: " + fit.error().text(),
                           traits_of(tier).launcher ? kAskTheService : kFixTheOthers)}});
    return report;
  }
  ServiceOptions options = service;
  options.setup.tier = tier;
  for (const PreloadSet& set : options.sets) {
    PoolOptions pool = pool_options(options, set);
    pool.ready = 1;
    pool.jail.start_timeout = kStartLimit;
    bool attested = false;
    report.sections.push_back(attest_set(pool, tier, attested));
    report.attested = report.attested && attested;
    if (!attested) break;  // nor would the service try the others
  }
  return report;
}

}  // namespace executor
