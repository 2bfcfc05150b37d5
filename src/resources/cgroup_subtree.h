// The delegated subtree of cgroups (v2), in which each worker gets one of its own:
//
//   DELEGATED/          no process is in it: a cgroup that hands down controllers must be empty
//     service/          the responder and everything it starts
//     runs/             no swap
//       1/ 2/ 3/ ...    one for each worker, from before its clone until after its end
//
// Everything is reached through descriptors. The user whose processes the workers are owns these
// files, so no worker may ever see one of them, nor a descriptor of a directory. Knows nothing of
// jobs, jails and how a process gets into its cgroup.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "resources/cgroup.h"
#include "resources/delegated_cgroup.h"

namespace executor {

// The delegated subtree. Outlives every Cgroup of it. May be used by several threads.
class CgroupSubtree {
 public:
  // Finds the subtree, moves this process and all others that are directly in it into a leaf,
  // and removes what an earlier start has left. A failure says why there can be no cgroups here.
  static Result<std::unique_ptr<CgroupSubtree>> open(CgroupMode mode, const CgroupLimits& limits);
  ~CgroupSubtree();
  CgroupSubtree(const CgroupSubtree&) = delete;
  CgroupSubtree& operator=(const CgroupSubtree&) = delete;

  // A new cgroup, made ahead if possible.
  Result<Cgroup> take();
  // Makes some ahead, so that take() has no work to do. Fails silently: take() will say why.
  void stock(std::size_t count);
  // Removes what was discarded while a process was in it. True when nothing is left to remove.
  bool sweep();

  // Whether the cgroup that contains all runs, or one above it, is frozen, so that none continues.
  [[nodiscard]] bool frozen() const;

  // As /proc/PID/cgroup names the cgroup of the run `name` to us.
  [[nodiscard]] std::string path_of_run(const std::string& name) const;
  // The subtree's path as /proc/self/cgroup names it, and the controllers that it hands down.
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::string& controllers() const { return controllers_; }
  [[nodiscard]] const CgroupLimits& limits() const { return limits_; }

 private:
  friend class Cgroup;
  CgroupSubtree(std::string path, UniqueFd root, const CgroupLimits& limits)
      : path_(std::move(path)), root_(std::move(root)), limits_(limits) {}

  Result<void> prepare();
  Result<void> enter_leaf();
  Result<void> hand_down_controllers();
  Result<Cgroup> make();
  Result<void> limit(int directory) const;
  void remove(const std::string& name);
  [[nodiscard]] bool remove_now(const std::string& name) const;

  const std::string path_;
  const UniqueFd root_;  // locked (flock(2)): one service for each subtree
  const CgroupLimits limits_;
  std::string controllers_;
  UniqueFd runs_;
  std::atomic<std::uint64_t> last_name_{0};

  std::mutex spare_mutex_;
  std::vector<Cgroup> spare_;
  std::mutex discarded_mutex_;
  std::vector<std::string> discarded_;
};

}  // namespace executor
