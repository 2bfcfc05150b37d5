// A cgroup (v2) of its own for each worker, where the machine delegates a subtree to the service:
// memory and processes are then limited by the kernel for the run as a whole.
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
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "resources/cgroup_memory.h"
#include "wire/control.h"

namespace executor {

enum class CgroupMode : std::uint8_t {
  kAuto,      // used where a subtree is visibly delegated to us
  kRequired,  // used where a subtree can be written to, else the service does not start
  kOff,
};

// Of one worker and everything that it starts.
struct CgroupLimits {
  std::uint64_t memory = 0;  // bytes: every page that is charged, the kernel's for it included
  std::uint32_t processes = 0;
  bool operator==(const CgroupLimits&) const = default;
};

// Upper bound on what the cgroup charges a well-behaved run with these limits.
CgroupLimits cgroup_limits(const SandboxLimits& limits);

class CgroupSubtree;

// One worker's cgroup. Its destructor has it removed, at once or as soon as it is empty.
class Cgroup {
 public:
  Cgroup() = default;
  Cgroup(Cgroup&& other) noexcept
      : owner_(std::exchange(other.owner_, nullptr)),
        name_(std::move(other.name_)),
        directory_(std::move(other.directory_)) {}
  Cgroup& operator=(Cgroup&& other) noexcept;
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;
  ~Cgroup() { discard(); }

  explicit operator bool() const { return owner_ != nullptr; }
  // For CLONE_INTO_CGROUP (clone(2)).
  [[nodiscard]] int directory() const { return directory_.get(); }
  // As /proc/PID/cgroup names it to us.
  [[nodiscard]] std::string path() const;

  // Lowers the limit on memory by so many bytes, and that on processes to as many (0: leaves it).
  [[nodiscard]] Result<void> lower(std::uint64_t memory, std::uint64_t processes) const;
  // Kills everything in it, what is being forked included.
  void kill() const;
  // What the kernel has counted of its memory so far. With memory.oom.group it kills all processes
  // or none.
  [[nodiscard]] CgroupMemory memory() const;
  // The most that was charged to it, in bytes; unknown before Linux 5.19, and of no cgroup.
  [[nodiscard]] std::optional<std::uint64_t> peak_memory() const;
  // Each promise that does not hold according to the process `pid` (in our own PID namespace) and
  // the kernel's files, as "name is X, not Y".
  [[nodiscard]] std::vector<std::string> missing_facts(int pid) const;

 private:
  friend class CgroupSubtree;
  Cgroup(CgroupSubtree* owner, std::string name, UniqueFd directory)
      : owner_(owner), name_(std::move(name)), directory_(std::move(directory)) {}
  void discard();

  CgroupSubtree* owner_ = nullptr;
  std::string name_;
  UniqueFd directory_;
};

// The delegated subtree. Outlives every Cgroup of it. May be used by several threads.
class CgroupSubtree {
 public:
  // The path of the subtree that open() would take; changes nothing. A failure says why there is no
  // such subtree.
  static Result<std::string> delegated(CgroupMode mode);
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
