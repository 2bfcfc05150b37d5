// A host user and group id for each run, in the tiers with namespaces: what the kernel counts for
// each user is then counted for each run, and a process that escaped its namespaces would have
// no rights over other runs or the service.
//
// The zygote's user namespace has, besides its own id, as many subordinate ids of the service's
// user as it may have workers at once. Only the zygote has the right to map one of them into a
// worker's namespace, where it is kSandboxId; so a worker waits until that is done, and becomes it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>

#include "base/result.h"

namespace executor {

// The ids for the workers of one zygote.
class RunIds {
 public:
  // The ids from kFirstRunId on, as the zygote's namespace numbers them.
  explicit RunIds(std::uint32_t count);

  // An id that no living worker has. A failure when all are in use.
  Result<std::uint32_t> take();
  // Call when its worker's PID namespace is empty. It becomes the last to be taken again.
  void give_back(std::uint32_t id) { free_.push_back(id); }

 private:
  std::deque<std::uint32_t> free_;
};

// In the zygote: maps `id` into the user namespace of `worker`, a process id in `proc`, an O_PATH
// descriptor of /proc, and releases the worker, which waits on `mapped`, an eventfd(2).
Result<void> map_run_id(int proc, pid_t worker, std::uint32_t id, int mapped);

// In the worker: waits for that, and becomes the user and the group, keeping every capability that
// it has. The kernel then clears the worker's parent-death signal (prctl(2)). Allocates only on
// failure.
Result<void> become_run_id(int mapped);

}  // namespace executor
