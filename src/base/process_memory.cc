#include "base/process_memory.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace executor {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kKilobyte = 1024;

std::string proc_path(int pid, std::string_view file) {
  return "/proc/" + std::to_string(pid) + "/" + std::string(file);
}

// The sum of the "Key:  number kB" lines of `file` whose key is one of `keys`, in bytes.
std::uint64_t sum_of(const std::string& file, std::initializer_list<std::string_view> keys) {
  std::ifstream lines(file);
  std::uint64_t sum = 0;
  for (std::string line; std::getline(lines, line);) {
    for (const std::string_view key : keys) {
      if (line.starts_with(key)) sum += std::strtoull(line.c_str() + key.size(), nullptr, 10);
    }
  }
  return sum * kKilobyte;
}

std::uint64_t upper_bound_of(int process) {
  return sum_of(proc_path(process, "status"), {"RssAnon:", "RssShmem:", "VmSwap:"});
}

// Zero where the process is gone or may not be looked into: its mappings have some proportional
// size always.
std::uint64_t share_of(int process) {
  return sum_of(proc_path(process, "smaps_rollup"), {"Pss_Anon:", "Pss_Shmem:", "SwapPss:"});
}

// The numbers behind `key` in the process's status; none when it is gone.
std::vector<unsigned> numbers_of(int process, std::string_view key) {
  std::vector<unsigned> numbers;
  std::ifstream lines(proc_path(process, "status"));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key)) continue;
    std::istringstream words(line.substr(key.size()));
    for (unsigned number = 0; words >> number;) numbers.push_back(number);
    break;
  }
  return numbers;
}

// The four user ids of a process; none when it is gone.
std::vector<unsigned> users_of(int process) {
  return numbers_of(process, "Uid:");
}

std::vector<int> all_processes() {
  std::vector<int> found;
  std::error_code gone;  // at any moment: no exceptions
  fs::directory_iterator entry("/proc", gone);
  for (; !gone && entry != fs::directory_iterator(); entry.increment(gone)) {
    const std::string name = entry->path().filename();
    int pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (parsed.ec == std::errc() && parsed.ptr == name.data() + name.size()) found.push_back(pid);
  }
  return found;
}

}  // namespace

std::uint64_t memory_of(const std::vector<int>& processes, std::uint64_t limit) {
  std::uint64_t bound = 0;
  for (const int process : processes) bound += upper_bound_of(process);
  if (bound <= limit) return bound;
  std::uint64_t exact = 0;
  for (const int process : processes) {
    const std::uint64_t share = share_of(process);
    exact += share != 0 ? share : upper_bound_of(process);
  }
  return exact;
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

std::vector<int> processes_of_user(unsigned uid) {
  std::vector<int> found = all_processes();
  std::erase_if(found, [uid](int process) {
    const auto users = users_of(process);
    return std::find(users.begin(), users.end(), uid) == users.end();
  });
  return found;
}

}  // namespace executor
