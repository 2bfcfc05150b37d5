#include "jail/attestation.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <set>
#include <sstream>

namespace executor {
namespace {

constexpr std::array kNamespaces = {"user", "pid", "mnt", "net", "ipc", "uts", "cgroup"};
constexpr std::array kStatusFields = {"CapInh", "CapPrm", "CapEff",
                                      "CapBnd", "CapAmb", "NoNewPrivs"};

struct Promise {
  const char* name;
  const char* value;
};

// The full tier, as a job sees it. The values are the whole of what is allowed.
constexpr std::array kInsidePromises = {
    Promise{"uid", "1000 1000 1000"},
    Promise{"gid", "1000 1000 1000"},
    Promise{"pid", "1"},
    Promise{"no_new_privs", "1"},
    Promise{"seccomp", "2"},
    Promise{"capabilities", "0"},
    Promise{"bounding_set", "0"},
    Promise{"descriptors", "0 1 2 1000"},
    Promise{"proc", ""},
    Promise{"home", ""},
    Promise{"interfaces", "lo"},
    Promise{"connect.ipv4", "ENETUNREACH"},
    Promise{"connect.ipv6", "ENETUNREACH"},
    Promise{"write./", "EROFS"},
    Promise{"write./usr/bin", "EROFS"},
    Promise{"write./usr/lib", "EROFS"},
    Promise{"write./etc", "EROFS"},
    Promise{"write./dev", "EROFS"},
    Promise{"write./home", "EROFS"},
    Promise{"write./mnt", "EROFS"},
    Promise{"write./proc", "EROFS"},
    Promise{"socket.netlink", "EPERM"},
    Promise{"socket.packet", "EPERM"},
    Promise{"socket.raw", "EPERM"},
    Promise{"act.mount", "EPERM"},
    Promise{"act.pivot_root", "EPERM"},
    Promise{"act.chroot", "EPERM"},
    Promise{"act.unshare", "EPERM"},
    Promise{"act.setns", "EPERM"},
    Promise{"act.clone_newuser", "EPERM"},
    Promise{"act.ptrace", "EPERM"},
    Promise{"act.process_vm_readv", "EPERM"},
    Promise{"act.bpf", "EPERM"},
    Promise{"act.perf_event_open", "EPERM"},
    Promise{"act.keyctl", "EPERM"},
    Promise{"act.io_uring_setup", "EPERM"},
    Promise{"act.open_by_handle_at", "EPERM"},
    Promise{"act.memfd_create", "EPERM"},
    Promise{"act.shmget", "EPERM"},
};

// The same, as the kernel sees it. Two seccomp filters more than ours: firejail's and the worker's;
// two PID namespaces below ours: the jail's and the worker's.
constexpr std::array kOutsidePromises = {
    Promise{"ns.user", "own"},
    Promise{"ns.pid", "own"},
    Promise{"ns.mnt", "own"},
    Promise{"ns.net", "own"},
    Promise{"ns.ipc", "own"},
    Promise{"ns.uts", "own"},
    Promise{"ns.cgroup", "own"},
    Promise{"status.CapInh", "0000000000000000"},
    Promise{"status.CapPrm", "0000000000000000"},
    Promise{"status.CapEff", "0000000000000000"},
    Promise{"status.CapBnd", "0000000000000000"},
    Promise{"status.CapAmb", "0000000000000000"},
    Promise{"status.NoNewPrivs", "1"},
    Promise{"jail.seccomp", "own"},
    Promise{"jail.pid", "own"},
};

Result<ino_t> namespace_of(const std::string& process, const char* name) {
  struct stat status {};
  const std::string path = "/proc/" + process + "/ns/" + name;
  if (::stat(path.c_str(), &status) != 0) return os_failure("read " + path);
  return status.st_ino;
}

// The "Key:\tvalue" lines of a process's status.
Facts status_of(const std::string& process) {
  Facts fields;
  std::ifstream file("/proc/" + process + "/status");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::size_t value = line.find_first_not_of(" \t", colon + 1);
    fields[line.substr(0, colon)] = value == std::string::npos ? "" : line.substr(value);
  }
  return fields;
}

std::size_t words(const std::string& text) {
  std::istringstream stream(text);
  std::size_t count = 0;
  for (std::string word; stream >> word;) ++count;
  return count;
}

long number(const Facts& fields, const char* key) {
  const auto found = fields.find(key);
  return found == fields.end() ? -1 : std::strtol(found->second.c_str(), nullptr, 10);
}

void compare(const std::string& name, const std::string& promised, const Facts& facts,
             std::vector<std::string>& missing) {
  const auto found = facts.find(name);
  const std::string actual = found == facts.end() ? "unknown" : "\"" + found->second + "\"";
  if (found == facts.end() || found->second != promised) {
    missing.push_back(name + " is " + actual + ", not \"" + promised + "\"");
  }
}

// The names in the root directory: the sandbox's own, and the first part of each exposed path.
std::string promised_root(const std::vector<std::string>& exposed) {
  std::set<std::string> names = {"bin",   "dev", "etc",  "home", "lib",
                                 "lib64", "mnt", "proc", "tmp",  "usr"};
  for (const std::string& path : exposed) names.insert(path.substr(1, path.find('/', 1) - 1));
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

}  // namespace

Facts parse_facts(std::string_view printed) {
  Facts facts;
  std::istringstream lines{std::string(printed)};
  for (std::string line; std::getline(lines, line);) {
    const std::size_t tab = line.find('\t');
    if (tab != std::string::npos) facts[line.substr(0, tab)] = line.substr(tab + 1);
  }
  return facts;
}

Result<Facts> observe(int pid) {
  const std::string process = std::to_string(pid);
  Facts facts;
  for (const char* name : kNamespaces) {
    const auto theirs = namespace_of(process, name);
    if (!theirs) return theirs.error();
    const auto ours = namespace_of("self", name);
    if (!ours) return ours.error();
    facts[std::string("ns.") + name] = *theirs == *ours ? "shared" : "own";
  }
  Facts theirs = status_of(process);
  Facts ours = status_of("self");
  for (const char* field : kStatusFields) facts[std::string("status.") + field] = theirs[field];
  const bool filtered = number(theirs, "Seccomp_filters") >= number(ours, "Seccomp_filters") + 2;
  facts["jail.seccomp"] = filtered ? "own" : "shared";
  const bool nested = words(theirs["NSpid"]) >= words(ours["NSpid"]) + 2;
  facts["jail.pid"] = nested ? "own" : "shared";
  return facts;
}

std::vector<std::string> missing_facts(const Facts& inside, const Facts& outside,
                                       const std::vector<std::string>& exposed) {
  std::vector<std::string> missing;
  compare("root", promised_root(exposed), inside, missing);
  for (const auto& [name, value] : kInsidePromises) compare(name, value, inside, missing);
  for (const auto& [name, value] : kOutsidePromises) compare(name, value, outside, missing);
  return missing;
}

}  // namespace executor
