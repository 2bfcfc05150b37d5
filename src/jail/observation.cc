// What the kernel tells of a worker from outside: see attestation.h.
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "base/process_memory.h"
#include "jail/attestation.h"

namespace executor {
namespace {

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
// that of another worker. Workers come and go, and one that runs an unreadable program hides: those
// that cannot be looked into are left out.
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
  return facts;
}

// What the zygote maps, in bytes: the limits of memory are on top of it.
void observe_zygote(const Facts& zygote, Facts& facts) {
  constexpr long kKilobyte = 1024;
  for (const auto& [fact, key] :
       {std::pair("zygote.data", "VmData"), std::pair("zygote.address_space", "VmSize")}) {
    const long kilobytes = number(zygote, key);
    if (kilobytes >= 0) facts[fact] = std::to_string(kilobytes * kKilobyte);
  }
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
  Facts facts;
  Facts theirs = status_of(std::to_string(pid));
  if (theirs.empty()) return failure("observe process " + std::to_string(pid) + ": it is gone");
  const int zygote = static_cast<int>(number(theirs, "PPid"));
  if (promised.tier == Tier::kUid) {
    observe_ids(pid, theirs, promised.uids, facts);
  } else {
    auto namespaces = observe_namespaces(pid, zygote);
    if (!namespaces) return namespaces.error();
    facts = std::move(*namespaces);
  }
  observe_zygote(status_of(std::to_string(zygote)), facts);
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

}  // namespace executor
