#include "doctor/doctor.h"

#include <algorithm>
#include <cstdio>

#include "doctor/attest.h"
#include "doctor/judge.h"
#include "doctor/survey.h"
#include "front/listener.h"

namespace executor {
namespace {

// In addition to those that each run and each request take.
constexpr std::uint64_t kSpareDescriptors = 64;
constexpr std::uint64_t kDescriptorsOfRun = 8;

class Report {
 public:
  void add(const Section& section) {
    std::fputs((rendered(section) + "\n").c_str(), stdout);
    std::fflush(stdout);  // what comes next can take seconds, or hang
    missing_ += count_missing(section);
  }
  [[nodiscard]] std::size_t missing() const { return missing_; }

 private:
  std::size_t missing_ = 0;
};

std::uint64_t descriptors_of(const Config& config) {
  return kDescriptorsOfRun * config.service.workers + config.front.threads + kSpareDescriptors;
}

// Every module that some set preloads, once.
std::vector<std::string> modules_of(const Config& config) {
  std::vector<std::string> modules;
  for (const PreloadSet& set : config.service.sets) {
    modules.insert(modules.end(), set.also.begin(), set.also.end());
    modules.insert(modules.end(), set.modules.begin(), set.modules.end());
  }
  std::sort(modules.begin(), modules.end());
  modules.erase(std::unique(modules.begin(), modules.end()), modules.end());
  return modules;
}

// For the set with the most workers.
Section examine_identity(const ServiceOptions& service) {
  std::uint32_t least = 1;
  for (const PreloadSet& set : service.sets) {
    least = std::max(least, pool_options(service, set).jail.run_ids);
  }
  return judge_identity(survey_identity(), service.jail.identity == RunIdentity::kOwn, least);
}

void examine_machine(const Config& config, const Needs& needs, Report& report) {
  const CallerFacts caller = survey_caller();
  report.add(judge_kernel(survey_kernel(), needs));
  report.add(judge_namespaces(survey_namespaces(), needs));
  report.add(judge_caller(caller, needs, descriptors_of(config)));
  report.add(judge_container(survey_container(), needs));
  report.add(judge_cgroup(survey_cgroup(config.service.cgroup)));
  const FirejailOptions& firejail = config.service.jail.firejail;
  report.add(judge_firejail(survey_firejail(firejail, caller.user), needs, caller.user));
  report.add(examine_identity(config.service));
  report.add(judge_fastcgi_library(survey_fastcgi_library()));
  const SocketFacts socket = survey_socket(config.front.socket);
  if (!is_tcp_address(config.front.socket)) report.add(judge_socket(socket, caller.user));
  const Setup& setup = config.service.setup;
  report.add(judge_python(survey_python(setup.python, setup.path, modules_of(config))));
  report.add(judge_resources(survey_resources(socket.directory), config.service.workers,
                             setup.limits.memory));
}

// The tiers in which the service may run, the highest first: it takes the first that attests.
std::vector<Tier> allowed_tiers(const ServiceOptions& service) {
  std::vector<Tier> tiers;
  for (const Tier tier : kTiers) {
    if (tier >= service.minimum_tier && (!service.tier || tier == *service.tier)) {
      tiers.push_back(tier);
    }
  }
  return tiers;
}

Needs needs_of(Tier tier, const ServiceOptions& service) {
  return {.jail = tier == Tier::kFull,
          .namespaces = tier >= Tier::kNamespaces,
          .landlock = tier == Tier::kUid && service.landlock == LandlockMode::kRequired};
}

// Marks a tier's missing facts as optional: the service can do without this tier.
void make_optional(TierReport& tier) {
  for (Section& section : tier.sections) {
    for (Finding& finding : section.findings) finding.needed = false;
  }
}

std::string other_tiers(const std::vector<Tier>& allowed) {
  std::string names;
  for (const Tier tier : kTiers) {
    if (std::find(allowed.begin(), allowed.end(), tier) != allowed.end()) continue;
    names += (names.empty() ? "" : ", ") + std::string(name_of(tier));
  }
  return names;
}

void tell(const std::vector<TierReport>& tiers, const std::vector<Tier>& allowed, Report& report) {
  for (const TierReport& tier : tiers) {
    for (const Section& section : tier.sections) report.add(section);
  }
  const std::string others = other_tiers(allowed);
  if (others.empty()) return;
  report.add({"other tiers", {not_applicable("the configuration does not allow " + others)}});
}

int conclude(const TierReport* served, const std::vector<Tier>& allowed, const Report& report) {
  if (served != nullptr && report.missing() == 0) {
    std::printf("Scripts can be served, in tier %s.\n", name_of(served->tier).data());
    return 0;
  }
  std::printf("Scripts cannot be served in tier %s: %zu facts that are needed are absent.\n",
              name_of(served != nullptr ? served->tier : allowed.back()).data(), report.missing());
  return 1;
}

}  // namespace

// The tiers are tried before anything is printed, because what is needed depends on them.
int run_doctor(const Config& config) {
  const std::vector<Tier> allowed = allowed_tiers(config.service);
  std::vector<TierReport> tiers;
  const TierReport* served = nullptr;
  for (const Tier tier : allowed) tiers.push_back(attest_tier(config.service, tier));
  for (const TierReport& tier : tiers) {
    if (tier.proven && served == nullptr) served = &tier;
  }
  for (TierReport& tier : tiers) {
    if (served != nullptr ? !tier.proven : tier.tier != allowed.back()) make_optional(tier);
  }
  Report report;
  examine_machine(
      config, needs_of(served != nullptr ? served->tier : allowed.back(), config.service), report);
  tell(tiers, allowed, report);
  return conclude(served, allowed, report);
}

}  // namespace executor
