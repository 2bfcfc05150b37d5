// What /proc says about a worker from outside: see attestation.h.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "base/cpu_share.h"
#include "base/process_memory.h"
#include "base/process_stat.h"
#include "jail/attestation.h"
#include "jail/canary.h"

namespace executor {
namespace {

namespace fs = std::filesystem;

constexpr std::array kNamespaces = {"user", "pid", "mnt", "net", "ipc", "uts", "cgroup"};
constexpr std::array kStatusFields = {"CapInh", "CapPrm", "CapEff",
                                      "CapBnd", "CapAmb", "NoNewPrivs"};

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

// Which of the namespaces of that kind it is: "own" when it is neither ours nor its zygote's nor
// that of another worker. Workers start and end, and one that runs an unreadable program cannot be
// inspected: those are left out.
Result<std::string> owner_of(const char* name, int pid, int zygote,
                             const std::vector<int>& siblings) {
  const auto theirs = namespace_of(std::to_string(pid), name);
  if (!theirs) return theirs.error();
  const auto ours = namespace_of("self", name);
  if (!ours) return ours.error();
  const auto zygotes = namespace_of(std::to_string(zygote), name);
  if (!zygotes) return zygotes.error();
  if (*theirs == *ours) return std::string("shared");
  if (*theirs == *zygotes) return std::string("the zygote's");
  for (const int sibling : siblings) {
    const auto another = namespace_of(std::to_string(sibling), name);
    if (sibling != pid && another && *another == *theirs) return std::string("another worker's");
  }
  return std::string("own");
}

Result<Facts> observe_namespaces(int pid, int zygote) {
  Facts facts;
  const std::vector<int> siblings = children_of(zygote);
  for (const char* name : kNamespaces) {
    auto owner = owner_of(name, pid, zygote, siblings);
    if (!owner) return owner.error();
    facts[std::string("ns.") + name] = std::move(*owner);
  }
  const auto theirs = namespace_of(std::to_string(zygote), "user");
  const auto ours = namespace_of("self", "user");
  // The zygote's rights end at its own user namespace, if it has one.
  if (theirs && ours) facts["zygote.user"] = *theirs == *ours ? "shared" : "own";
  return facts;
}

// What the zygote maps, in bytes: the limits of memory are on top of it. And its rights, which mean
// nothing outside of a user namespace of its own where it has one.
void observe_zygote(Facts& zygote, Facts& facts) {
  for (const char* field : {"CapPrm", "CapBnd", "NoNewPrivs"}) {
    facts[std::string("zygote.") + field] = zygote[field];
  }
  constexpr long kKilobyte = 1024;
  for (const auto& [fact, key] :
       {std::pair("zygote.data", "VmData"), std::pair("zygote.address_space", "VmSize")}) {
    const long kilobytes = number(zygote, key);
    if (kilobytes >= 0) facts[fact] = std::to_string(kilobytes * kKilobyte);
  }
}

// Whether all of a process's user and group ids are one number, which no other user has.
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

// The one number that all of the ids are; 0 where they differ, or are root's.
unsigned single(const std::string& ids) {
  std::istringstream words(ids);
  std::set<unsigned> distinct;
  for (unsigned id = 0; words >> id;) distinct.insert(id);
  return distinct.size() == 1 ? *distinct.begin() : 0;
}

// The owner of the process's user and group ids on the host: "own" when no other process of the
// machine has them, and neither is one of ours.
std::string identity_of(int pid, Facts& theirs) {
  const unsigned uid = single(theirs["Uid"]), gid = single(theirs["Gid"]);
  if (uid == ::getuid() && gid == ::getgid()) return "the service's";
  if (uid == 0 || gid == 0 || uid == ::getuid() || gid == ::getgid()) return "mixed";
  return processes_of_user(uid) == std::vector<int>{pid} ? "own" : "another process's";
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// How many descriptors a process has besides the four that a worker has, at any number: the canary
// only looks at low numbers. Since Linux 6.2 any user may read this; before, it is unknown.
std::string more_descriptors_of(const std::string& process) {
  constexpr off_t kOfWorker = 4;
  struct stat ours {
  }, theirs{};
  if (::stat("/proc/self/fd", &ours) != 0 ||
      ::stat(("/proc/" + process + "/fd").c_str(), &theirs) != 0) {
    return "unknown";
  }
  return ours.st_size == 0 ? "0" : std::to_string(theirs.st_size - kOfWorker);
}

// Whether a packet has passed the loopback interface of the process's network: one that was used
// before must not be given to another run.
std::string traffic_of(const std::string& process) {
  const std::string text = text_of("/proc/" + process + "/net/dev");
  const std::size_t at = text.find("lo:");
  if (at == std::string::npos) return "unknown";
  const std::size_t end = std::min(text.find('\n', at), text.size());
  const std::string counters = text.substr(at + 3, end - at - 3);
  return counters.find_first_of("123456789") == std::string::npos ? "none" : "some";
}

// How many ids the process's user namespace has, and which: a run has one, and could become no
// other if it had rights.
std::string mapped_ids(const std::string& process) {
  std::string found;
  for (const char* map : {"uid_map", "gid_map"}) {
    std::istringstream numbers(text_of("/proc/" + process + "/" + map));
    std::string inside, outside, count;
    while (numbers >> inside >> outside >> count) {
      found += (found.empty() ? "" : ", ") + inside + " " + count;
    }
  }
  return found;
}

// The descriptors that a program which it executes would have as well.
std::string inheritable_descriptors(const std::string& process) {
  std::set<int> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc/" + process + "/fdinfo", error)) {
    std::istringstream words(text_of(entry.path()));
    std::string word, flags;
    while (words >> word && word != "flags:") {
    }
    words >> flags;
    const bool closes = (std::strtoul(flags.c_str(), nullptr, 8) & O_CLOEXEC) != 0;
    if (!closes) found.insert(std::atoi(entry.path().filename().c_str()));
  }
  if (error) return "unknown";
  std::string text;
  for (const int descriptor : found) text += (text.empty() ? "" : " ") + std::to_string(descriptor);
  return text;
}

// What its own mount and network namespaces are, which only a tier with namespaces has.
void observe_surroundings(const std::string& process, const Setup& promised, Facts& facts) {
  facts.merge(mount_facts(text_of("/proc/" + process + "/mountinfo"), promised.expose,
                          mount_points(promised.expose)));
  facts["network.traffic"] = traffic_of(process);
  facts["ids.mapped"] = mapped_ids(process);
  facts["descriptors.inheritable"] = inheritable_descriptors(process);
}

// A session of its own, nicer than we are, and the first to be killed when memory is short.
void observe_process(int pid, Facts& facts) {
  constexpr std::size_t kSession = 6;  // proc(5)
  const std::string process = std::to_string(pid);
  const ProcessStat stat(process);
  facts["descriptors.more"] = more_descriptors_of(process);
  facts["session"] = stat.number(kSession) == pid ? "own" : "shared";
  const int nicer = std::min(ProcessStat("self").nice() + kRunNice, kNicest);
  facts["priority"] = stat.nice() >= nicer ? "lower" : "the service's";
  const std::string score = text_of("/proc/" + process + "/oom_score_adj");
  facts["oom_score_adj"] = score.substr(0, score.find('\n'));
}

}  // namespace

Result<Facts> observe(int pid, const Setup& promised) {
  Facts facts;
  Facts theirs = status_of(std::to_string(pid));
  if (theirs.empty()) return failure("observe process " + std::to_string(pid) + ": it is gone");
  const int zygote = static_cast<int>(number(theirs, "PPid"));
  if (!traits_of(promised.tier).namespaces) {
    observe_ids(pid, theirs, promised.uids, facts);
  } else {
    auto namespaces = observe_namespaces(pid, zygote);
    if (!namespaces) return namespaces.error();
    facts = std::move(*namespaces);
    facts["identity"] = identity_of(pid, theirs);
    observe_surroundings(std::to_string(pid), promised, facts);
  }
  observe_process(pid, facts);
  Facts zygotes = status_of(std::to_string(zygote));
  observe_zygote(zygotes, facts);
  Facts ours = status_of("self");
  for (const char* field : kStatusFields) facts[std::string("status.") + field] = theirs[field];
  const long filters = number(theirs, "Seccomp_filters") - number(ours, "Seccomp_filters");
  // The zygote's and the worker's own, and the jail's.
  facts["sandbox.seccomp"] = filters >= 2 ? "own" : "shared";
  facts["jail.seccomp"] = filters >= 3 ? "own" : "shared";
  const std::size_t depth = words(ours["NSpid"]);
  facts["sandbox.pid"] = words(theirs["NSpid"]) >= depth + 1 ? "own" : "shared";
  facts["jail.pid"] = words(theirs["NSpid"]) >= depth + 2 ? "own" : "shared";
  return facts;
}

}  // namespace executor
