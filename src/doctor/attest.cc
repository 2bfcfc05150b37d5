#include "doctor/attest.h"

#include <optional>

#include "execution/proof.h"

namespace executor {
namespace {

constexpr auto kStartLimit = std::chrono::seconds(30);  // of one zygote, its imports included

constexpr const char* kNotConfined =
    "this is no sandbox. In a container set container=docker in the environment; else compare what "
    "the chapters above say is absent";

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

// Runs in the pool's thread, which ends before the pool does.
Pool::Prove telling_prove(std::optional<std::vector<Judgement>>& judged) {
  return [&judged](const Worker& worker, const Setup& setup) -> Result<void> {
    const auto facts = run_canary(worker, setup);
    if (!facts) return facts.error();
    judged = judge_facts(setup, facts->inside, facts->outside);
    if (!missing_facts(setup, facts->inside, facts->outside).empty()) {
      return failure("the sandbox is not proven");
    }
    return {};
  };
}

Chapter attest_set(const PoolOptions& options, Tier tier, bool& proven) {
  Chapter chapter{"tier " + std::string(name_of(tier)) + ", set " + options.name, {}};
  std::optional<std::vector<Judgement>> judged;
  Result<void> outcome;
  {
    Pool pool(options, telling_prove(judged), [](const std::string&) {});
    pool.start();
    outcome = pool.await_proven(Deadline::after(kStartLimit));
  }
  proven = outcome.has_value();
  if (judged) {
    chapter.findings = findings_of(*judged);
  } else {
    chapter.findings.push_back(
        absent("a zygote starts and answers: " + (outcome ? "it did not" : outcome.error().text()),
               "what the chapters above say is absent; firejail's own words are on stderr"));
  }
  return chapter;
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
      findings.push_back(absent(name + " is " + (one.found ? quoted(*one.found) : "unknown") +
                                    ", not " + quoted(one.promised),
                                kNotConfined));
    }
  }
  return findings;
}

TierReport attest_tier(const ServiceOptions& service, Tier tier) {
  TierReport report{tier, !service.sets.empty(), {}};
  if (auto fit = check_tier(tier, service.jail); !fit) {
    report.proven = false;
    report.chapters.push_back({"tier " + std::string(name_of(tier)),
                               {absent("it can be tried: " + fit.error().text(),
                                       "what the chapters above say is absent")}});
    return report;
  }
  ServiceOptions options = service;
  options.setup.tier = tier;
  for (const PreloadSet& set : options.sets) {
    PoolOptions pool = pool_options(options, set);
    pool.ready = 1;
    pool.jail.start_timeout = kStartLimit;
    bool proven = false;
    report.chapters.push_back(attest_set(pool, tier, proven));
    report.proven = report.proven && proven;
    if (!proven) break;  // nor would the service try the others
  }
  return report;
}

}  // namespace executor
