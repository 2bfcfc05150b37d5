#include "soak/holdings.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <set>
#include <sstream>
#include <string>
#include <thread>

#include "base/fd.h"
#include "support/processes.h"

namespace executor::test {
namespace {

namespace fs = std::filesystem;

// The kernel keeps freed objects of each slab available and counts them as used: for each processor
// those of one slab and as many as cpu_partial in /sys/kernel/slab says, 76 user namespaces and 75
// PID namespaces. A run has a few namespaces and dozens of mounts, and there are thousands of runs.
const std::int64_t kNamespaceSlack = 64 + 76 * std::int64_t(std::thread::hardware_concurrency());
constexpr std::int64_t kMountSlack = 2048;
// A zygote keeps clean network namespaces for later workers, at most so many: as many as it has had
// at once.
constexpr std::int64_t kNetworkSlack = 16;
// A health check, or an answer that is still being delivered.
constexpr std::int64_t kConnectionSlack = 2;
// Other services of the machine make and remove cgroups of their own.
constexpr std::int64_t kCgroupSlack = 8;
// The whole machine's: others make files and processes meanwhile.
constexpr std::int64_t kSlabSlackKiB = 64 * 1024;
// What the allocators of a long running process take more: caches that have seen their largest.
constexpr std::int64_t kMemorySlackKiB = 16 * 1024;

UniqueFd& slabinfo() {
  static UniqueFd descriptor;
  return descriptor;
}

std::string file_of(const Process& process, const std::string& name) {
  return "/proc/" + std::to_string(process.pid) + "/" + name;
}

std::int64_t entries_in(const fs::path& directory) {
  std::error_code error;
  return std::distance(fs::directory_iterator(directory, error), fs::directory_iterator());
}

std::int64_t descriptors_of(const Process& process) {
  return entries_in(file_of(process, "fd"));
}

// Connections from nginx, which it keeps for later requests: as many as it has needed at once
// lately. In /proc/net/unix an accepted connection has the state 3 and the path of its listener.
std::int64_t kept_connections(const Process& responder) {
  std::istringstream command(responder.command);
  std::string path;
  for (std::string word; command >> word;) {
    if (word == "--socket") command >> path;
  }
  std::ifstream sockets("/proc/net/unix");
  std::int64_t count = 0;
  for (std::string line; std::getline(sockets, line);) {
    if (line.find(" 0001 03 ") != std::string::npos && line.ends_with(" " + path)) ++count;
  }
  return count;
}

std::int64_t lines_in(const std::string& path) {
  std::ifstream file(path);
  return std::count(std::istreambuf_iterator<char>(file), {}, '\n');
}

std::int64_t mounts_of(const Process& process) {
  return lines_in(file_of(process, "mountinfo"));
}

// Anonymous memory in KiB: what a file's pages take is the machine's to decide.
std::int64_t memory_of(const Process& process) {
  std::ifstream status(file_of(process, "status"));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) return std::stoll(line.substr(8));
  }
  return 0;
}

using Measure = std::int64_t (*)(const Process&);

std::int64_t sum(const std::vector<Process>& processes, Measure measure) {
  return std::transform_reduce(processes.begin(), processes.end(), std::int64_t{0}, std::plus<>(),
                               measure);
}

std::int64_t largest(const std::vector<Process>& processes, Measure measure) {
  std::int64_t most = 0;
  for (const Process& process : processes) most = std::max(most, measure(process));
  return most;
}

std::int64_t network_namespaces(const std::vector<Process>& processes) {
  std::set<std::string> found;
  for (const Process& process : processes) {
    std::error_code error;
    found.insert(fs::read_symlink(file_of(process, "ns/net"), error));
  }
  return std::int64_t(found.size());
}

// All hierarchies together: the third column of /proc/cgroups (cgroups(7)).
std::int64_t cgroups() {
  std::ifstream file("/proc/cgroups");
  std::int64_t count = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    std::int64_t hierarchy = 0, number = 0;
    if (words >> name >> hierarchy >> number) count += number;
  }
  return count;
}

// SUnreclaim of /proc/meminfo: of the whole machine, with everything else that runs on it.
std::int64_t unreclaimable_slab() {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("SUnreclaim:")) return std::stoll(line.substr(11));
  }
  return 0;
}

std::int64_t files_below(const fs::path& directory) {
  std::error_code error;
  const fs::recursive_directory_iterator files(
      directory, fs::directory_options::skip_permission_denied, error);
  return std::distance(files, fs::recursive_directory_iterator());
}

// What our user has left in a directory that many share; other services of ours have their names.
std::int64_t ours_in(const fs::path& directory) {
  std::error_code error;
  std::int64_t count = 0;
  for (const auto& file : fs::directory_iterator(directory, error)) {
    struct stat status {};
    const bool ours = ::lstat(file.path().c_str(), &status) == 0 && status.st_uid == ::geteuid();
    const bool known = file.path().filename().string().starts_with("python-executor");
    if (ours && !known) ++count;
  }
  return count;
}

// What firejail writes down of each jail, by process id, and removes with it.
std::int64_t jails_left() {
  std::error_code error;
  std::int64_t count = 0;
  for (const auto& file : fs::directory_iterator("/run/firejail/profile", error)) {
    if (!fs::exists("/proc" / file.path().filename(), error)) ++count;
  }
  return count;
}

// Objects in use by the slab's name (slabinfo(5)).
std::map<std::string, std::int64_t> slabs() {
  std::string text;
  std::array<char, 65536> part{};
  for (ssize_t size = 0; slabinfo() && (size = ::pread(slabinfo().get(), part.data(), part.size(),
                                                       off_t(text.size()))) > 0;) {
    text.append(part.data(), std::size_t(size));
  }
  std::map<std::string, std::int64_t> used;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    std::int64_t active = 0;
    if (words >> name >> active) used[name] = active;
  }
  return used;
}

void add_kernel(std::vector<Holding>& all) {
  const auto used = slabs();
  for (const auto& [name, may_grow] : {std::pair("net_namespace", kNamespaceSlack),
                                       {"user_namespace", kNamespaceSlack},
                                       {"pid_namespace", kNamespaceSlack},
                                       {"uts_namespace", kNamespaceSlack},
                                       {"mnt_cache", kMountSlack}}) {
    const auto slab = used.find(name);
    all.push_back(
        {std::string("kernel: ") + name, slab == used.end() ? 0 : slab->second, may_grow});
  }
  all.push_back({"cgroups of the machine", cgroups(), kCgroupSlack});
  all.push_back({"slab that cannot be had back, KiB", unreclaimable_slab(), kSlabSlackKiB});
}

void add_files(std::vector<Holding>& all, const Server& server) {
  std::int64_t own = 0;
  for (const std::string& directory : server.directories()) own += files_below(directory);
  all.push_back({"files in the service's directories", own, 0});
  all.push_back({"files of jails that are gone", jails_left(), 0});
  for (const char* place : {"/tmp", "/var/tmp", "/dev/shm"}) {
    all.push_back({std::string("files in ") + place, ours_in(place), 0});
  }
}

}  // namespace

void take_slabinfo() {
  const char* const number = std::getenv("SLABINFO_FD");
  // Each suite that looks asks for it; one reset() more would close the descriptor that it takes.
  if (number == nullptr || slabinfo()) return;
  slabinfo().reset(std::stoi(number));
  ::fcntl(slabinfo().get(), F_SETFD, FD_CLOEXEC);
}

std::vector<Holding> holdings_of(const Server& server) {
  const auto all = descendants(server.pid());
  const auto responder = with_program(all, "python-executor");
  const auto nginx = with_command(all, "nginx: ");
  const std::int64_t kept = sum(responder, kept_connections);
  std::vector<Holding> held{
      {"processes", std::int64_t(all.size()), 0},
      {"descriptors of the responder", sum(responder, descriptors_of) - kept, kConnectionSlack},
      {"descriptors of nginx", sum(nginx, descriptors_of) - kept, 0},
      {"descriptors of a zygote, at most", largest(zygotes(all), descriptors_of), kNetworkSlack},
      {"mounts of the machine", lines_in("/proc/self/mountinfo"), 0},
      {"mounts of all processes", sum(all, mounts_of), 0},
      {"network namespaces", network_namespaces(all), 0},
  };
  add_kernel(held);
  add_files(held, server);
  held.push_back({"memory of the responder, KiB", sum(responder, memory_of), kMemorySlackKiB});
  held.push_back({"memory of nginx, KiB", sum(nginx, memory_of), kMemorySlackKiB});
  held.push_back(
      {"memory of a zygote, at most, KiB", largest(zygotes(all), memory_of), kMemorySlackKiB});
  return held;
}

bool has_grown(const std::vector<Holding>& before, const std::vector<Holding>& now) {
  return !std::equal(before.begin(), before.end(), now.begin(), now.end(),
                     [](const Holding& old, const Holding& one) {
                       return one.amount <= old.amount + old.may_grow;
                     });
}

}  // namespace executor::test
