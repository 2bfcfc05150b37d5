#include "doctor/caller.h"

#include <linux/capability.h>
#include <pwd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <sstream>

#include "doctor/text_of.h"

namespace executor {
namespace {

// The value of a line "name:\tvalue" of /proc/PID/status; "" where there is none.
std::string field_of(const std::string& status, const std::string& name) {
  std::istringstream lines(status);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name + ":\t")) return line.substr(name.size() + 2);
  }
  return {};
}

struct Capability {
  unsigned number;
  const char* name;
};

// The capabilities that firejail, started by an ordinary user, needs to build its jail.
constexpr std::array kOfFirejail = {
    Capability{CAP_SYS_ADMIN, "SYS_ADMIN"}, Capability{CAP_NET_ADMIN, "NET_ADMIN"},
    Capability{CAP_MKNOD, "MKNOD"},         Capability{CAP_SETUID, "SETUID"},
    Capability{CAP_SETGID, "SETGID"},       Capability{CAP_DAC_OVERRIDE, "DAC_OVERRIDE"},
    Capability{CAP_CHOWN, "CHOWN"},         Capability{CAP_FOWNER, "FOWNER"},
    Capability{CAP_SETPCAP, "SETPCAP"}};

Finding bounding_set(std::uint64_t bits, const Needs& needs) {
  std::string missing;
  for (const auto& [number, name] : kOfFirejail) {
    if ((bits >> number & 1) == 0) missing += std::string(missing.empty() ? "" : " ") + name;
  }
  const std::string fact = "the capability bounding set has what firejail needs";
  if (missing.empty()) return verified(fact);
  return graded(false, needs.jail, fact + ": not " + missing,
                "systemd: add them to CapabilityBoundingSet=; docker: "
                "--cap-add SYS_ADMIN --cap-add NET_ADMIN; or take a lower tier (minimum-tier)");
}

Finding privileges(const CallerFacts& facts, const Needs& needs) {
  const std::string fact = "no_new_privs is not set, so that firejail's setuid bit counts";
  return graded(
      !facts.no_new_privs, needs.jail, fact,
      "start it without no_new_privs. systemd: NoNewPrivileges=no, and none of the options "
      "that imply it (systemd.exec(5)); docker: no --security-opt no-new-privileges");
}

Finding account(const CallerFacts& facts) {
  const std::string fact =
      "user " + std::to_string(facts.uid) + " has a name that firejail accepts";
  if (facts.user.empty()) {
    return missing_required(fact + ": it has none",
                            "useradd --system python-executor, and run as that user");
  }
  if (facts.user == "nobody") {
    return missing_required(fact + ": firejail refuses the user nobody",
                            "useradd --system python-executor, and run as that user");
  }
  return verified("user " + facts.user + " (" + std::to_string(facts.uid) + ")");
}

}  // namespace

CallerFacts survey_caller(bool launched) {
  CallerFacts facts;
  facts.uid = ::geteuid();
  if (const passwd* entry = ::getpwuid(facts.uid); entry != nullptr) facts.user = entry->pw_name;
  const std::string status =
      text_of("/proc/" + (launched ? std::to_string(::getppid()) : "self") + "/status");
  facts.no_new_privs = field_of(status, "NoNewPrivs") == "1";
  facts.bounding_set = std::strtoull(field_of(status, "CapBnd").c_str(), nullptr, 16);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) facts.open_files = limit.rlim_max;
  return facts;
}

Section judge_caller(const CallerFacts& facts, const Needs& needs, std::uint64_t descriptors) {
  Section section{"this process", {}};
  section.findings.push_back(account(facts));
  section.findings.push_back(privileges(facts, needs));
  section.findings.push_back(bounding_set(facts.bounding_set, needs));
  section.findings.push_back(
      graded(facts.open_files >= descriptors, false,
             "descriptors: " + std::to_string(facts.open_files) + " allowed, " +
                 std::to_string(descriptors) + " used when busy",
             "systemd: LimitNOFILE=" + std::to_string(descriptors) +
                 "; docker: --ulimit nofile=" + std::to_string(descriptors)));
  return section;
}

}  // namespace executor
