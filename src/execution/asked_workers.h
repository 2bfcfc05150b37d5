// The workers that a zygote was asked for and has not answered about yet, each with the cgroup that
// it is to be born into. Not thread-safe: the pool's mutex guards it.
#pragma once

#include <cstdint>
#include <deque>

#include "base/result.h"
#include "execution/cgroup.h"
#include "jail/jail.h"

namespace executor {

class AskedWorkers {
 public:
  // Without `cgroups` workers have none. Else it outlives the object.
  explicit AskedWorkers(Cgroups* cgroups) : cgroups_(cgroups) {}

  // Asks for so many more; what was asked for before a failure stays asked for.
  Result<void> ask(const Jail& jail, std::uint32_t count);
  // The zygote has answered, in whichever way: the cgroup of the worker that it is about. A failure
  // when there is none, so that no worker runs outside of one.
  Result<Cgroup> answered();
  // The zygote is gone.
  void clear() { waiting_.clear(); }

  [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(waiting_.size()); }

 private:
  Cgroups* cgroups_;
  std::deque<Cgroup> waiting_;  // in the order of the zygote's answers
};

}  // namespace executor
