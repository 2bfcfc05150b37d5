// What the service needs: firejail, libfcgi, Python, its socket, and resources.
#include <algorithm>
#include <array>
#include <cstdio>

#include "doctor/judge.h"

namespace executor {
namespace {

constexpr const char* kInstallFirejail = "apt-get install --reinstall firejail";
constexpr const char* kLetFirejail =
    "let it have what this process lacks (its capabilities, no no_new_privs); where that is there, "
    "apt-get install --reinstall firejail";

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

std::string octal(mode_t mode) {
  char text[8];
  std::snprintf(text, sizeof text, "%04o", mode & 07777U);
  return text;
}

Finding directory(const SocketFacts& facts, const std::string& user) {
  const std::string fact = "directory of the socket: " + facts.directory;
  const std::string make = "install -d -m 0750 -o " + (user.empty() ? "python-executor" : user) +
                           " -g www-data " + facts.directory +
                           " (nginx must be able to enter it; systemd: RuntimeDirectory=)";
  if (facts.usual && !facts.directory_writable && !facts.mode) {
    return not_applicable(fact + " is made when the service starts");
  }
  if (!facts.directory_there) return missing_required(fact + " is not there", make);
  // A socket that is already there was made by systemd or the running service.
  return graded(facts.directory_writable || facts.mode, true, fact + " can be written", make);
}

Finding directory_mode(const SocketFacts& facts) {
  constexpr mode_t kOthersMayWrite = 0002;
  if (!facts.directory_there) return not_applicable("others cannot replace the socket");
  return graded((facts.directory_mode & kOthersMayWrite) == 0, true,
                "others cannot replace the socket: " + facts.directory + " has mode " +
                    octal(facts.directory_mode),
                "chmod o-w " + facts.directory);
}

Finding socket_mode(const SocketFacts& facts) {
  constexpr mode_t kOthers = 0007;
  if (!facts.mode) return not_applicable("permissions of the socket: there is no socket now");
  const std::string who = octal(*facts.mode) + ", so " + facts.owner + " and the group " +
                          facts.group + " may send jobs";
  return graded((*facts.mode & kOthers) == 0, true, "the socket is closed to others: " + who,
                "chmod 0660 " + facts.path + " (systemd: SocketMode=0660)");
}

std::string megabytes(std::uint64_t bytes) {
  return std::to_string(bytes >> 20) + " MB";
}

// The numbers of an upstream version: "2.4.2-2+deb12u1" begins with 2, 4, 2.
std::array<int, 3> upstream(const std::string& version) {
  std::array<int, 3> numbers{};
  const std::size_t epoch = version.find(':');
  const char* text = version.c_str() + (epoch == std::string::npos ? 0 : epoch + 1);
  (void)std::sscanf(text, "%d.%d.%d", &numbers[0], &numbers[1], &numbers[2]);
  return numbers;
}

}  // namespace

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

Section judge_identity(const IdentityFacts& facts, bool required, std::uint32_t least) {
  Section section{"a user id of its own for each run", {}};
  auto add = [&section, required](bool fine, std::string fact, std::string remedy) {
    section.findings.push_back(graded(fine, required, std::move(fact), std::move(remedy)));
  };
  const auto gives = [&](const char* file, const std::optional<IdRange>& range,
                         const std::string& option) {
    const std::string found =
        range ? std::to_string(range->count) + " from " + std::to_string(range->first) : "none";
    add(range && range->count >= least,
        std::string(file) + " gives " + facts.user + " at least " + std::to_string(least) +
            " ids in a row: " + found,
        "usermod " + option + " 100000-165535 " + facts.user +
            ", with numbers that no other line of the file has");
  };
  add(facts.programs, "newuidmap and newgidmap are installed", "apt-get install uidmap");
  add(facts.privileged, "they are set-user-ID root", "apt-get install --reinstall uidmap");
  add(!facts.no_new_privs, "no_new_privs is not set, so that this counts",
      "start it without no_new_privs");
  gives("/etc/subuid", facts.uids, "--add-subuids");
  gives("/etc/subgid", facts.gids, "--add-subgids");
  return section;
}

// Debian has put the fix into its 2.4.2 as well.
bool libfcgi_is_fixed(const std::string& version) {
  if (upstream(version) >= std::array<int, 3>{2, 4, 5}) return true;
  int release = 0, update = 0;
  const std::size_t suffix = version.find("+deb");
  return suffix != std::string::npos && upstream(version) == std::array<int, 3>{2, 4, 2} &&
         std::sscanf(version.c_str() + suffix, "+deb%du%d", &release, &update) == 2 && update >= 1;
}

Section judge_fastcgi_library(const LibraryFacts& facts) {
  Section section{"libfcgi", {}};
  const std::string fact = "fixed against CVE-2025-23016";
  if (facts.version.empty()) {
    section.findings.push_back(
        not_applicable(fact + ": the version cannot be known, as no Debian package owns " +
                       (facts.path.empty() ? "the library (linked statically)" : facts.path) +
                       "; it is from 2.4.5 on"));
    return section;
  }
  section.findings.push_back(
      graded(libfcgi_is_fixed(facts.version), true,
             fact + ": " + facts.package + " " + facts.version + " (" + facts.path + ")",
             "apt-get update && apt-get install --only-upgrade " +
                 facts.package.substr(0, facts.package.find(':'))));
  return section;
}

Section judge_socket(const SocketFacts& facts, const std::string& user) {
  if (facts.tcp) {
    return {
        "socket " + facts.path,
        {not_applicable("permissions: anyone who can connect to this address can run scripts")}};
  }
  return {"socket " + facts.path,
          {directory(facts, user), directory_mode(facts), socket_mode(facts)}};
}

Section judge_python(const PythonFacts& facts) {
  Section section{"Python", {}};
  auto add = [&section](Finding finding) { section.findings.push_back(std::move(finding)); };
  if (!facts.error.empty()) {
    add(missing_required("Python can be asked: " + facts.error, "apt-get install python3"));
    return section;
  }
  add(verified("Python " + facts.version));
  for (const auto& [name, error] : facts.missing) {
    add(missing_required(
        "module " + name + " can be imported: " + error,
        "install it (Debian: apt-get install python3-" + name.substr(0, name.find('.')) +
            "), name its directory with --python-path, or take it out of --preload"));
  }
  std::size_t plain = 0;
  for (const auto& [name, version] : facts.modules) {
    plain += version.empty() ? 1 : 0;
    if (!version.empty()) add(verified("module " + name + " " + version));
  }
  add(verified(std::to_string(plain) + " more modules to preload can be imported"));
  add(graded(facts.threads == 1, true,
             "one thread after all imports: " + std::to_string(facts.threads),
             "build or configure the library that starts threads for one thread "
             "(OPENBLAS_NUM_THREADS=1), or take it out of --preload"));
  return section;
}

Section judge_resources(const ResourceFacts& facts, std::uint64_t runs, std::uint64_t memory) {
  constexpr std::uint64_t kLeastDisk = 1 << 20;
  Section section{"room", {}};
  const std::uint64_t most = runs * memory;
  const std::uint64_t fitting = std::max<std::uint64_t>(1, facts.memory / memory);
  section.findings.push_back(
      graded(facts.memory >= most, false,
             "memory for " + std::to_string(runs) + " runs of " + megabytes(memory) + ": " +
                 megabytes(facts.memory) + ", of which free " + megabytes(facts.available),
             "--workers " + std::to_string(std::min(runs, fitting)) +
                 ", or a smaller --memory-limit-mb: runs that use all that they may would be "
                 "killed by the kernel"));
  section.findings.push_back(
      facts.disk ? graded(*facts.disk >= kLeastDisk, true,
                          "disk where the socket is: " + megabytes(*facts.disk) + " free",
                          "make room there")
                 : not_applicable("disk where the socket is: there is no such place"));
  return section;
}

}  // namespace executor
