#include "execution/memory_watch.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/process_memory.h"

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

}  // namespace

std::uint64_t memory_in_use(int pid, std::uint64_t limit) {
  return memory_of(process_tree(pid), limit);
}

}  // namespace executor
