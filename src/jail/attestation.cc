#include "jail/attestation.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "base/process_memory.h"

namespace executor {
namespace {

constexpr std::array kNamespaces = {"user", "pid", "mnt", "net", "ipc", "uts", "cgroup"};
constexpr std::array kStatusFields = {"CapInh", "CapPrm", "CapEff",
                                      "CapBnd", "CapAmb", "NoNewPrivs"};

// The tiers that promise a fact.
enum Tiers : unsigned {
  kFullOnly = 1U << static_cast<unsigned>(Tier::kFull),
  kNamespaced = kFullOnly | 1U << static_cast<unsigned>(Tier::kNamespaces),
  kUidOnly = 1U << static_cast<unsigned>(Tier::kUid),
  kEvery = kNamespaced | kUidOnly,
};

struct Promise {
  Tiers tiers;
  const char* name;
  const char* value;
};

// As a job sees it. The values are the whole of what is allowed.
constexpr Promise kInsidePromises[] = {
    {kNamespaced, "uid", "1000 1000 1000"},
    {kNamespaced, "gid", "1000 1000 1000"},
    {kNamespaced, "pid", "1"},
    {kEvery, "no_new_privs", "1"},
    {kEvery, "seccomp", "2"},
    {kEvery, "capabilities", "0"},
    {kEvery, "bounding_set", "0"},
    {kEvery, "descriptors", "0 1 2 1000"},
    {kNamespaced, "proc", ""},
    {kEvery, "home", ""},
    {kNamespaced, "cgroups", ""},
    {kEvery, "home.write", "done"},
    {kEvery, "tmp.write", "done"},
    {kNamespaced, "writable", "/dev/shm"},
    {kUidOnly, "writable", ""},
    {kNamespaced, "families", "2 10"},
    {kUidOnly, "families", ""},
    {kUidOnly, "signals", "EPERM"},
    {kNamespaced, "interfaces", "lo"},
    {kUidOnly, "interfaces", "EPERM"},
    {kNamespaced, "connect.ipv4", "ENETUNREACH"},
    {kNamespaced, "connect.ipv6", "ENETUNREACH"},
    {kUidOnly, "connect.ipv4", "EPERM"},
    {kUidOnly, "connect.ipv6", "EPERM"},
    {kNamespaced, "write./", "EROFS"},
    {kNamespaced, "write./usr/bin", "EROFS"},
    {kNamespaced, "write./usr/lib", "EROFS"},
    {kNamespaced, "write./etc", "EROFS"},
    {kNamespaced, "write./dev", "EROFS"},
    {kNamespaced, "write./home", "EROFS"},
    {kNamespaced, "write./mnt", "EROFS"},
    {kNamespaced, "write./proc", "EROFS"},
    {kEvery, "socket.netlink", "EPERM"},
    {kEvery, "socket.packet", "EPERM"},
    {kEvery, "socket.raw", "EPERM"},
    {kEvery, "act.mount", "EPERM"},
    {kEvery, "act.pivot_root", "EPERM"},
    {kEvery, "act.chroot", "EPERM"},
    {kEvery, "act.unshare", "EPERM"},
    {kEvery, "act.setns", "EPERM"},
    {kEvery, "act.clone_newuser", "EPERM"},
    {kEvery, "act.ptrace", "EPERM"},
    {kEvery, "act.process_vm_readv", "EPERM"},
    {kEvery, "act.bpf", "EPERM"},
    {kEvery, "act.perf_event_open", "EPERM"},
    {kEvery, "act.keyctl", "EPERM"},
    {kEvery, "act.io_uring_setup", "EPERM"},
    {kEvery, "act.open_by_handle_at", "EPERM"},
    {kEvery, "act.memfd_create", "EPERM"},
    {kEvery, "act.shmget", "EPERM"},
};

// As the kernel sees it, compared with ourselves. The worker's filter and PID namespace are below
// ours in any case; firejail's come in between.
constexpr Promise kOutsidePromises[] = {
    {kNamespaced, "ns.user", "own"},
    {kNamespaced, "ns.pid", "own"},
    {kNamespaced, "ns.mnt", "own"},
    {kNamespaced, "ns.net", "own"},
    {kNamespaced, "ns.ipc", "own"},
    {kNamespaced, "ns.uts", "own"},
    {kNamespaced, "ns.cgroup", "own"},
    {kEvery, "status.CapInh", "0000000000000000"},
    {kEvery, "status.CapPrm", "0000000000000000"},
    {kEvery, "status.CapEff", "0000000000000000"},
    {kEvery, "status.CapBnd", "0000000000000000"},
    {kEvery, "status.CapAmb", "0000000000000000"},
    {kEvery, "status.NoNewPrivs", "1"},
    {kUidOnly, "ids", "own"},
    {kUidOnly, "ids.in_range", "yes"},
    {kUidOnly, "ids.alone", "yes"},
    {kUidOnly, "groups", ""},
    {kEvery, "sandbox.seccomp", "own"},
    {kNamespaced, "sandbox.pid", "own"},
    {kFullOnly, "jail.seccomp", "own"},
    {kFullOnly, "jail.pid", "own"},
};

bool promised_by(Tier tier, const Promise& promise) {
  return (promise.tiers & 1U << static_cast<unsigned>(tier)) != 0;
}

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

Judgement judgement(Tier tier, const Promise& promise, const Facts& facts, bool inside) {
  Judgement judged{promise.name, promise.value, {}, promised_by(tier, promise), inside};
  if (const auto found = facts.find(promise.name); found != facts.end()) {
    judged.found = found->second;
  }
  return judged;
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

Result<Facts> observe_namespaces(const std::string& process) {
  Facts facts;
  for (const char* name : kNamespaces) {
    const auto theirs = namespace_of(process, name);
    if (!theirs) return theirs.error();
    const auto ours = namespace_of("self", name);
    if (!ours) return ours.error();
    facts[std::string("ns.") + name] = *theirs == *ours ? "shared" : "own";
  }
  return facts;
}

// Whether all of a process's user and group ids are one number, which nobody else has.
void observe_ids(int pid, Facts& theirs, const UidRange& range, Facts& facts) {
  std::istringstream ids(theirs["Uid"] + " " + theirs["Gid"]);
  std::set<unsigned> distinct;
  for (unsigned id = 0; ids >> id;) distinct.insert(id);
  const bool one = distinct.size() == 1;
  const unsigned uid = one ? *distinct.begin() : 0;
  facts["ids"] = one && uid != ::getuid() && uid != 0 ? "own" : "shared";
  facts["ids.in_range"] = one && uid >= range.first && uid <= range.last ? "yes" : "no";
  facts["ids.alone"] = one && processes_of_user(uid) == std::vector<int>{pid} ? "yes" : "no";
  facts["groups"] = theirs["Groups"].substr(0, theirs["Groups"].find_last_not_of(' ') + 1);
}

// As mountinfo writes blanks and backslashes (proc(5)).
std::string unescape(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '\\' && i + 3 < text.size();
    plain += escaped ? static_cast<char>(std::strtol(text.substr(i + 1, 3).c_str(), nullptr, 8))
                     : text[i];
    if (escaped) i += 3;
  }
  return plain;
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

std::vector<std::string> mount_points() {
  std::vector<std::string> points;
  std::ifstream file("/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string word;
    for (int i = 0; i < 5; ++i) words >> word;
    points.push_back(unescape(word));
  }
  return points;
}

Result<Facts> observe(int pid, const Setup& promised) {
  const std::string process = std::to_string(pid);
  Facts facts;
  Facts theirs = status_of(process);
  if (theirs.empty()) return failure("observe process " + process + ": it is gone");
  if (promised.tier == Tier::kUid) {
    observe_ids(pid, theirs, promised.uids, facts);
  } else {
    auto namespaces = observe_namespaces(process);
    if (!namespaces) return namespaces.error();
    facts = std::move(*namespaces);
  }
  Facts ours = status_of("self");
  for (const char* field : kStatusFields) facts[std::string("status.") + field] = theirs[field];
  const long filters = number(theirs, "Seccomp_filters") - number(ours, "Seccomp_filters");
  facts["sandbox.seccomp"] = filters >= 1 ? "own" : "shared";
  facts["jail.seccomp"] = filters >= 2 ? "own" : "shared";
  const std::size_t depth = words(ours["NSpid"]);
  facts["sandbox.pid"] = words(theirs["NSpid"]) >= depth + 1 ? "own" : "shared";
  facts["jail.pid"] = words(theirs["NSpid"]) >= depth + 2 ? "own" : "shared";
  return facts;
}

std::vector<Judgement> judge_facts(Tier tier, const Facts& inside, const Facts& outside,
                                   const std::vector<std::string>& exposed) {
  std::vector<Judgement> judged;
  const std::string root = promised_root(exposed);
  judged.push_back(judgement(tier, {kNamespaced, "root", root.c_str()}, inside, true));
  for (const Promise& promise : kInsidePromises) {
    judged.push_back(judgement(tier, promise, inside, true));
  }
  for (const Promise& promise : kOutsidePromises) {
    judged.push_back(judgement(tier, promise, outside, false));
  }
  return judged;
}

std::vector<std::string> missing_facts(Tier tier, const Facts& inside, const Facts& outside,
                                       const std::vector<std::string>& exposed) {
  std::vector<std::string> missing;
  for (const Judgement& judged : judge_facts(tier, inside, outside, exposed)) {
    if (!judged.applies || judged.holds()) continue;
    const std::string actual = judged.found ? "\"" + *judged.found + "\"" : "unknown";
    missing.push_back(judged.name + " is " + actual + ", not \"" + judged.promised + "\"");
  }
  return missing;
}

}  // namespace executor
