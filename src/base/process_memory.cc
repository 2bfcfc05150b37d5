#include "base/process_memory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_at.h"
#include "base/process_stat.h"

namespace executor {
namespace {

constexpr std::uint64_t kKilobyte = 1024;
// A run cannot have more processes than its limit; this bounds the work against races.
constexpr std::size_t kMaxProcesses = 4096;

std::string proc_path(int pid, std::string_view file) {
  return "/proc/" + std::to_string(pid) + "/" + std::string(file);
}

using Keys = std::initializer_list<std::string_view>;

// The sum of the "Key:  number kB" lines whose key is one of `keys`, in bytes; none when there is
// no such line.
std::optional<std::uint64_t> sum_in(const std::string& text, Keys keys) {
  std::optional<std::uint64_t> sum;
  for (const std::string_view key : keys) {
    const std::size_t at = text.find("\n" + std::string(key));
    if (at == std::string::npos) continue;
    sum = sum.value_or(0) +
          kKilobyte * std::strtoull(text.c_str() + at + 1 + key.size(), nullptr, 10);
  }
  return sum;
}

// What a thread's status says about its process's memory, if the thread has not ended.
std::optional<Holding> holding_in(int process, int thread) {
  const auto status = read_at(AT_FDCWD, proc_path(thread, "status").c_str());
  const auto anonymous = status ? sum_in(*status, {"RssAnon:"}) : std::nullopt;
  if (!anonymous) return std::nullopt;
  Holding holding{.process = process, .thread = thread};
  holding.anonymous = *anonymous + sum_in(*status, {"VmSwap:"}).value_or(0);
  holding.resident = holding.anonymous + sum_in(*status, {"RssShmem:"}).value_or(0);
  return holding;
}

// A process whose first thread has ended shows its memory with its other threads only.
std::optional<Holding> holding_of(int process) {
  if (auto holding = holding_in(process, process)) return holding;
  for (const std::string& thread : threads_of(process)) {
    const int id = std::atoi(thread.c_str() + thread.rfind('/') + 1);
    if (auto holding = holding_in(process, id)) return holding;
  }
  return std::nullopt;
}

std::uint64_t faults_of(int process) {
  constexpr std::size_t kMinorFaults = 10;
  return static_cast<std::uint64_t>(ProcessStat(std::to_string(process)).number(kMinorFaults));
}

// Fills in the share; false when the process is gone. Where the shares may not be read, the bound
// is used instead.
bool read_share(Holding& holding) {
  holding.faults = faults_of(holding.process);  // first: faults during the read count as growth
  const auto rollup = read_at(AT_FDCWD, proc_path(holding.thread, "smaps_rollup").c_str());
  const auto share = rollup ? sum_in(*rollup, {"Pss_Anon:", "Pss_Shmem:", "SwapPss:"}) : 0;
  // A living process always has some proportional size.
  holding.share = share.value_or(0) != 0 ? *share : holding.resident;
  return share.value_or(0) != 0 || holding_in(holding.process, holding.thread);
}

// Whether it is the memory of one of the others, as after vfork(2). Where the kernel does not say
// (containers refuse kcmp), every process is taken to have its own.
bool shares_memory(const Holding& one, const std::vector<Holding>& others) {
  constexpr int kMemory = 1;  // KCMP_VM
  return std::any_of(others.begin(), others.end(), [&one](const Holding& other) {
    return ::syscall(SYS_kcmp, one.thread, other.thread, kMemory, 0, 0) == 0;
  });
}

// The numbers after `key` in the process's status; none when it is gone.
std::vector<unsigned> numbers_of(int process, std::string_view key) {
  std::vector<unsigned> numbers;
  const auto status = read_at(AT_FDCWD, proc_path(process, "status").c_str());
  const std::size_t at = status ? status->find("\n" + std::string(key)) : std::string::npos;
  if (at == std::string::npos) return numbers;
  const char* next = status->c_str() + at + 1 + key.size();
  const char* const end = status->data() + std::min(status->find('\n', at + 1), status->size());
  while (next < end) {
    next = std::find_if_not(next, end, [](char c) { return c == ' ' || c == '\t'; });
    unsigned number = 0;
    const auto parsed = std::from_chars(next, end, number);
    if (parsed.ec != std::errc()) break;
    numbers.push_back(number);
    next = parsed.ptr;
  }
  return numbers;
}

// The four user ids of a process; none when it is gone.
std::vector<unsigned> users_of(int process) {
  return numbers_of(process, "Uid:");
}

// The entries of a directory that are numbers. It may be gone at any moment.
std::vector<int> numbers_in(const std::string& directory) {
  std::vector<int> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(directory.c_str()), ::closedir);
  while (const dirent* const entry = entries ? ::readdir(entries.get()) : nullptr) {
    const std::string_view name = entry->d_name;
    int number = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
    if (parsed.ec == std::errc() && parsed.ptr == name.data() + name.size()) {
      found.push_back(number);
    }
  }
  return found;
}

std::vector<int> all_processes() {
  return numbers_in("/proc");
}

}  // namespace

std::vector<std::string> threads_of(int process) {
  const std::string directory = proc_path(process, "task");
  std::vector<std::string> found;
  for (const int thread : numbers_in(directory)) {
    found.push_back(directory + "/" + std::to_string(thread));
  }
  return found;
}

// Each thread has a list of its own children.
std::vector<int> process_tree(int pid) {
  std::vector<int> tree{pid};
  for (std::size_t i = 0; i < tree.size() && tree.size() < kMaxProcesses; ++i) {
    for (const std::string& thread : threads_of(tree[i])) {
      std::ifstream children(thread + "/children");
      for (int child = 0; children >> child;) tree.push_back(child);
    }
  }
  std::sort(tree.begin() + 1, tree.end());
  return tree;
}

MemoryBound bound_memory(const std::vector<int>& processes) {
  MemoryBound bound;
  for (const int process : processes) {
    const auto holding = holding_of(process);
    if (!holding) continue;
    bound.bytes += holding->resident;
    bound.of.push_back(*holding);
  }
  return bound;
}

MemorySum sum_memory(const MemoryBound& bound, std::uint64_t limit) {
  MemorySum sum;
  for (Holding holding : bound.of) {
    if (!read_share(holding)) {
      ++sum.vanished;
      continue;
    }
    // Asked of a thread that still has memory: those that have ended would seem to share theirs.
    if (shares_memory(holding, sum.of)) continue;
    sum.bytes += holding.share;
    sum.of.push_back(holding);
    if (sum.bytes > limit) break;
  }
  return sum;
}

Growth growth_since(const MemorySum& sum, const MemoryBound& now) {
  constexpr std::uint64_t kPage = 4096;
  Growth growth{.at_least = 0, .at_most = sum.bytes};
  std::int64_t held = 0;
  for (const Holding& holding : now.of) {
    const auto known = std::find_if(sum.of.begin(), sum.of.end(), [&holding](const Holding& old) {
      return old.process == holding.process;
    });
    if (known == sum.of.end()) {
      growth.at_most += holding.resident;
      continue;
    }
    const auto added = static_cast<std::int64_t>(holding.anonymous - known->anonymous);
    held += static_cast<std::int64_t>(known->share) + added;
    const auto shared = holding.resident - holding.anonymous;
    const auto shared_then = known->resident - known->anonymous;
    growth.at_most += static_cast<std::uint64_t>(std::max<std::int64_t>(added, 0));
    growth.at_most += shared > shared_then ? shared - shared_then : 0;
    growth.at_most += kPage * (std::max(faults_of(holding.process), known->faults) - known->faults);
  }
  growth.at_least = static_cast<std::uint64_t>(std::max<std::int64_t>(held, 0));
  return growth;
}

std::set<unsigned> users_in_use() {
  std::set<unsigned> users;
  for (const int process : all_processes()) {
    const auto of_one = users_of(process);
    users.insert(of_one.begin(), of_one.end());
  }
  return users;
}

std::vector<int> children_of(int parent) {
  std::vector<int> found = all_processes();
  std::erase_if(found, [parent](int process) {
    return numbers_of(process, "PPid:") != std::vector{static_cast<unsigned>(parent)};
  });
  return found;
}

std::map<unsigned, std::vector<int>> processes_of_users() {
  std::map<unsigned, std::vector<int>> found;
  for (const int process : all_processes()) {
    struct stat owner {};
    if (::stat(proc_path(process, "").c_str(), &owner) != 0) continue;
    if (owner.st_uid != 0) {
      found[owner.st_uid].push_back(process);
      continue;
    }
    for (const unsigned user : users_of(process)) {  // root's, or one that may not be dumped
      std::vector<int>& its = found[user];
      if (its.empty() || its.back() != process) its.push_back(process);
    }
  }
  return found;
}

std::vector<int> processes_of_user(unsigned uid) {
  std::vector<int> found = all_processes();
  std::erase_if(found, [uid](int process) {
    const auto users = users_of(process);
    return std::find(users.begin(), users.end(), uid) == users.end();
  });
  return found;
}

}  // namespace executor
