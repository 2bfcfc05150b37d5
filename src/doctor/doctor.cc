#include "doctor/doctor.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "doctor/caller.h"
#include "doctor/cgroup.h"
#include "doctor/container.h"
#include "doctor/fastcgi_library.h"
#include "doctor/firejail.h"
#include "doctor/identity.h"
#include "doctor/kernel.h"
#include "doctor/namespaces.h"
#include "doctor/needs.h"
#include "doctor/python.h"
#include "doctor/resources.h"
#include "doctor/service_user.h"
#include "doctor/socket.h"
#include "doctor/tiers.h"
#include "front/listener.h"

namespace executor {
namespace {

// In addition to those that each run and each request take.
constexpr std::uint64_t kSpareDescriptors = 64;
constexpr std::uint64_t kDescriptorsOfRun = 8;

using Report = std::vector<Section>;

std::size_t missing_in(const Report& report) {
  std::size_t count = 0;
  for (const Section& section : report) count += count_missing(section);
  return count;
}

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
Section examine_identity(const ServiceOptions& service, const Needs& needs) {
  if (!needs.namespaces) {
    return {"a user id of its own for each run",
            {not_applicable("in the tier uid the launcher gives it")}};
  }
  std::uint32_t least = 1;
  for (const PreloadSet& set : service.sets) {
    least = std::max(least, pool_options(service, set).jail.run_ids);
  }
  return judge_identity(survey_identity(), service.jail.identity == RunIdentity::kOwn, least);
}

Report examine_machine(const Config& config, const Needs& needs, const ContainerFacts& container) {
  Report report;
  const CallerFacts caller = survey_caller(config.service.jail.launcher_fd >= 0);
  report.push_back(judge_kernel(survey_kernel(), needs));
  report.push_back(judge_namespaces(survey_namespaces(), needs));
  report.push_back(judge_caller(caller, needs, descriptors_of(config)));
  report.push_back(judge_container(container, needs));
  report.push_back(judge_cgroup(survey_cgroup(config.service.cgroup)));
  const FirejailOptions& firejail = config.service.jail.firejail;
  report.push_back(judge_firejail(survey_firejail(firejail, caller.user), needs, caller.user));
  report.push_back(examine_identity(config.service, needs));
  report.push_back(judge_fastcgi_library(survey_fastcgi_library()));
  const SocketFacts socket = survey_socket(config.front.socket);
  if (!is_tcp_address(config.front.socket)) report.push_back(judge_socket(socket, caller.user));
  const Setup& setup = config.service.setup;
  report.push_back(judge_python(survey_python(setup.python, setup.path, modules_of(config))));
  report.push_back(judge_resources(survey_resources(socket.directory), config.service.workers,
                                   setup.limits.memory));
  return report;
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
  const TierTraits traits = traits_of(tier);
  return {.jail = traits.firejail,
          .namespaces = traits.namespaces,
          .landlock = !traits.namespaces && service.landlock == LandlockMode::kRequired};
}

// Tries the allowed tiers, the highest first, until one is attested, which the service would take.
// What is missing for the tiers above it is marked as optional.
std::vector<TierReport> try_tiers(const ServiceOptions& service, const std::vector<Tier>& allowed) {
  std::vector<TierReport> tiers;
  for (const Tier tier : allowed) {
    tiers.push_back(attest_tier(service, tier));
    if (tiers.back().attested) break;
  }
  for (TierReport& tier : tiers) {
    if (tier.tier == tiers.back().tier) continue;
    for (Section& section : tier.sections) {
      for (Finding& finding : section.findings) finding.needed = false;
    }
  }
  return tiers;
}

// If nothing else is absent, a remedy that refers to other facts would be useless: replaces it.
void complete_remedies(TierReport& tier) {
  for (Section& section : tier.sections) {
    for (Finding& finding : section.findings) {
      if (finding.remedy != kFixTheOthers) continue;
      finding.remedy = "no other fact explains it; messages on standard error may";
    }
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

Report sections_of(const std::vector<TierReport>& tiers, const std::vector<Tier>& allowed) {
  Report report;
  for (const TierReport& tier : tiers) {
    report.insert(report.end(), tier.sections.begin(), tier.sections.end());
  }
  const std::string others = other_tiers(allowed);
  if (!others.empty()) {
    report.push_back(
        {"other tiers", {not_applicable("the configuration does not allow " + others)}});
  }
  return report;
}

// The launcher may be that of a running service, which says which tier it has, or one that has
// started the doctor (deploy/container/start).
bool only_lacks_launcher(const ServiceOptions& service, const TierReport& last,
                         const Report& machine) {
  return traits_of(last.tier).launcher && !last.attested && service.jail.launcher_fd < 0 &&
         missing_in(machine) == 0;
}

void print_missing(const char* title, const std::string& missing) {
  if (!missing.empty()) std::printf("\n%s:\n%s", title, missing.c_str());
}

void print_report(const Report& report, bool verbose) {
  print_missing("Absent, and needed", rendered_missing(report, true));
  print_missing("Absent, and optional", rendered_missing(report, false));
  if (!verbose) {
    std::puts("\nEvery fact: --doctor --verbose");
    return;
  }
  std::puts("");
  for (const Section& section : report) std::puts(rendered(section).c_str());
}

// The tiers are tried first, because what is needed depends on them.
int examine(const Config& config, const ContainerFacts& container, const std::string& as) {
  const std::vector<Tier> allowed = allowed_tiers(config.service);
  std::vector<TierReport> tiers = try_tiers(config.service, allowed);
  const TierReport& last = tiers.back();
  const std::string tier(name_of(last.tier));
  Report report = examine_machine(config, needs_of(last.tier, config.service), container);
  const bool unknown = only_lacks_launcher(config.service, last, report);
  if (missing_in(report) == 0) complete_remedies(tiers.back());
  const Report attestations = sections_of(tiers, allowed);
  report.insert(report.end(), attestations.begin(), attestations.end());
  const std::size_t missing = missing_in(report);
  if (last.attested && missing == 0) {
    std::printf("Scripts can be served, in tier %s%s.\n", tier.c_str(), as.c_str());
  } else if (unknown) {
    std::printf(
        "Whether scripts can be served in tier %s cannot be tried from here: a running "
        "service says its tier in its log and at /runtime.\n",
        tier.c_str());
  } else {
    std::printf("Scripts cannot be served in tier %s%s: %zu needed %s absent.\n", tier.c_str(),
                as.c_str(), missing, missing == 1 ? "fact is" : "facts are");
  }
  print_report(report, config.verbose);
  return last.attested && missing == 0 ? 0 : 1;
}

int lacks_user() {
  std::puts("Scripts cannot be served: 1 needed fact is absent.");
  print_report({{"service user",
                 {missing_required(
                     "the user python-executor, which the service runs as when root starts it",
                     "useradd --system --user-group --no-create-home --shell /usr/sbin/nologin "
                     "python-executor (the package and make run as root do that), then ask again; "
                     "or ask as the user that is to serve")}}},
               false);
  return 1;
}

}  // namespace

int run_doctor(const Config& config) {
  const ContainerFacts container = survey_container();  // root can read more of it
  if (::geteuid() != 0) return examine(config, container, "");
  const auto account = service_account(config.front.socket);
  if (!account) return lacks_user();
  return run_as(*account, config, [&](const Config& theirs) {
    return examine(theirs, container, ", as the user " + account->name);
  });
}

}  // namespace executor
