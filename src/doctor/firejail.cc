#include "doctor/firejail.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "jail/process.h"

namespace executor {
namespace {

constexpr const char* kAllowedUsers = "/etc/firejail/firejail.users";
constexpr const char* kInstallFirejail = "apt-get install --reinstall firejail";
constexpr const char* kLetFirejail =
    "let it have what this process lacks (its capabilities, no no_new_privs); where that is there, "
    "apt-get install --reinstall firejail";

bool has_line(const std::string& path, const std::string& wanted) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line == wanted) return true;
  }
  return false;
}

struct Fault {
  FirejailVersion fixed;  // the first version without it
  const char* name = "";
};

// Ways from an ordinary account, or from inside a jail, to root.
constexpr std::array kFaults = {
    Fault{{0, 9, 60}, "CVE-2019-12499"}, Fault{{0, 9, 60}, "CVE-2019-12589"},
    Fault{{0, 9, 63}, "CVE-2020-17367"}, Fault{{0, 9, 63}, "CVE-2020-17368"},
    Fault{{0, 9, 65}, "CVE-2021-26910"}, Fault{{0, 9, 70}, "CVE-2022-31214"},
};

std::string faults_of(const FirejailVersion& version) {
  std::string names;
  for (const auto& [fixed, name] : kFaults) {
    if (version < fixed) names += std::string(names.empty() ? "" : ", ") + name;
  }
  return names;
}

Finding firejail_version(const FirejailFacts& facts, bool needed) {
  if (!facts.version) {
    return graded(false, needed, "firejail's version: it says \"" + facts.printed + "\"",
                  facts.refused ? kLetFirejail : kInstallFirejail);
  }
  const std::string enough = to_text(kOldestFirejail) + " or newer";
  const std::string fact = "firejail is " + enough + ": " + facts.printed;
  const std::string faults = faults_of(*facts.version);
  return graded(
      *facts.version >= kOldestFirejail, needed,
      faults.empty() ? fact : fact + ", known for " + faults,
      "install a firejail of " + enough + " (Debian 12 has it: apt-get install firejail)");
}

}  // namespace

FirejailFacts survey_firejail(const FirejailOptions& options, const std::string& user) {
  FirejailFacts facts;
  facts.program = options.program;
  facts.profile = options.profile;
  facts.executable = ::access(options.program.c_str(), X_OK) == 0;
  struct stat status {};
  if (::stat(options.program.c_str(), &status) == 0) {
    facts.setuid_root = (status.st_mode & S_ISUID) != 0 && status.st_uid == 0;
  }
  struct statvfs system {};
  if (::statvfs(options.program.c_str(), &system) == 0) {
    facts.nosuid = (system.f_flag & ST_NOSUID) != 0;
  }
  if (facts.executable) {
    const auto printed = output_of({options.program, "--version"});
    facts.refused = !printed;
    facts.printed = printed ? *printed : printed.error().text();
    if (const auto version = parse_firejail_version(facts.printed)) {
      facts.version = *version;
      facts.printed.erase(0, facts.printed.find("firejail version"));  // after its warnings
    }
    facts.printed = facts.printed.substr(0, facts.printed.find('\n'));
  }
  facts.profile_readable = ::access(options.profile.c_str(), R_OK) == 0;
  if (::access(kAllowedUsers, F_OK) == 0) facts.user_listed = has_line(kAllowedUsers, user);
  return facts;
}

Section judge_firejail(const FirejailFacts& facts, const Needs& needs, const std::string& user) {
  Section section{"firejail", {}};
  auto add = [&section](Finding finding) { section.findings.push_back(std::move(finding)); };
  add(graded(facts.executable, needs.jail, "firejail is installed: " + facts.program,
             "apt-get install firejail, or name it with --firejail"));
  if (facts.executable) {
    add(graded(facts.setuid_root, needs.jail, "it is set-user-ID root", kInstallFirejail));
    add(graded(!facts.nosuid, needs.jail, "its file system honours set-user-ID",
               "remount the file system of " + facts.program + " without nosuid"));
    add(firejail_version(facts, needs.jail));
  }
  add(graded(facts.profile_readable, needs.jail, "its profile can be read: " + facts.profile,
             "install -m 0644 firejail/python-executor.profile " + facts.profile +
                 ", or name it with --firejail-profile"));
  add(!facts.user_listed
          ? not_applicable("/etc/firejail/firejail.users: no such file, so any user may use it")
          : graded(*facts.user_listed, needs.jail, "/etc/firejail/firejail.users names " + user,
                   "echo " + user + " >> /etc/firejail/firejail.users"));
  return section;
}

}  // namespace executor
