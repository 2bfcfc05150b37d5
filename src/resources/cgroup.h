// A cgroup (v2) of its own for each worker, where the machine delegates a subtree to the service
// (cgroup_subtree.h): memory and processes are then limited by the kernel for the run as a whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "resources/cgroup_memory.h"
#include "wire/limits.h"

namespace executor {

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

}  // namespace executor
