// The options of one pool of workers.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "execution/worker_handle.h"
#include "jail/jail.h"
#include "resources/cgroup_subtree.h"
#include "wire/control.h"

namespace executor {

struct PoolOptions {
  std::string name;
  JailOptions jail;
  Setup setup;
  std::uint32_t ready = 4;           // workers kept ready
  CgroupSubtree* cgroups = nullptr;  // where workers get theirs; null: they have none
  // A pool that has been idle this long lets its spare workers run the set's own warm-up script,
  // one at a time, so that a request that arrives meanwhile finds a free core.
  std::chrono::milliseconds warm_up_after{2};
};

// Runs a canary on a worker of a zygote with that setup and judges the sandbox; a failure names
// the missing facts.
using Attest = std::function<Result<void>(const Worker&, const Setup&)>;

}  // namespace executor
