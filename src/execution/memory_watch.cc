#include "execution/memory_watch.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace executor {
namespace {

// A run cannot have more processes than its limit; this bounds the work against races.
constexpr std::size_t kMostProcesses = 4096;

std::string proc_path(int pid, std::string_view file) {
  return "/proc/" + std::to_string(pid) + "/" + std::string(file);
}

// `pid` and everything below it. A process that loses its parent becomes a child of the worker, so
// none of a run's processes is outside the tree. Each thread has a list of its own children.
std::vector<int> process_tree(int pid) {
  std::vector<int> tree{pid};
  for (std::size_t i = 0; i < tree.size() && tree.size() < kMostProcesses; ++i) {
    std::error_code gone;  // at any moment: no exceptions
    std::filesystem::directory_iterator thread(proc_path(tree[i], "task"), gone);
    for (; !gone && thread != std::filesystem::directory_iterator(); thread.increment(gone)) {
      std::ifstream children(thread->path() / "children");
      for (int child = 0; children >> child;) tree.push_back(child);
    }
  }
  return tree;
}

// The sum of the "Key:  number kB" lines of `file` whose key is one of `keys`, in bytes.
std::uint64_t sum_of(const std::string& file, std::initializer_list<std::string_view> keys) {
  constexpr std::uint64_t kKilobyte = 1024;
  std::ifstream lines(file);
  std::uint64_t sum = 0;
  for (std::string line; std::getline(lines, line);) {
    for (const std::string_view key : keys) {
      if (line.starts_with(key)) sum += std::strtoull(line.c_str() + key.size(), nullptr, 10);
    }
  }
  return sum * kKilobyte;
}

}  // namespace

std::uint64_t memory_in_use(int pid, std::uint64_t limit) {
  const std::vector<int> tree = process_tree(pid);
  std::uint64_t upper_bound = 0;
  for (const int process : tree) {
    upper_bound += sum_of(proc_path(process, "status"), {"RssAnon:", "RssShmem:", "VmSwap:"});
  }
  if (upper_bound <= limit) return upper_bound;
  std::uint64_t exact = 0;
  for (const int process : tree) {
    exact += sum_of(proc_path(process, "smaps_rollup"), {"Pss_Anon:", "Pss_Shmem:", "SwapPss:"});
  }
  return exact;
}

}  // namespace executor
