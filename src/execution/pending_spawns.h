// The workers that a zygote was asked for and has not answered about yet, each with the cgroup that
// it will start in. Not thread-safe: the mutex of Lending guards it.
#pragma once

#include <cstdint>
#include <deque>

#include "base/result.h"
#include "jail/jail.h"
#include "resources/cgroup_subtree.h"

namespace executor {

class PendingSpawns {
 public:
  // With a null `cgroups` workers have no cgroup. Otherwise it must outlive the object.
  explicit PendingSpawns(CgroupSubtree* cgroups) : cgroups_(cgroups) {}

  // Asks for `count` more; requests sent before a failure stay pending.
  Result<void> request(const Jail& jail, std::uint32_t count);
  // Call for each answer of the zygote, success or failure: returns the cgroup of its worker. A
  // failure when no worker was asked for, so that no worker runs outside of a cgroup.
  Result<Cgroup> complete_oldest();
  // The zygote is gone.
  void clear() { waiting_.clear(); }

  [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(waiting_.size()); }

 private:
  CgroupSubtree* cgroups_;
  std::deque<Cgroup> waiting_;  // in the order of the zygote's answers
};

}  // namespace executor
