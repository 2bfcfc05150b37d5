// The steps by which a worker confines itself, in their order, which is the security property. The
// last one is the seal, the worker's own filter of system calls; then each list tries to break out,
// which must fail. What comes with the clone, and what the zygote does for the worker, is in
// runner/namespace_confinement.cc and runner/uid_confinement.cc.
//
// A step that fails ends the worker. Allocates only on failure.
#pragma once

#include "base/result.h"
#include "runner/confinement.h"
#include "runner/landlock.h"
#include "runner/uid_slots.h"

namespace executor {

// In a clone that is PID 1 of new namespaces. `mapped` is the eventfd(2) that it waits on for its
// ids (runner/run_ids.h), or -1: it has the zygote's.
Result<void> confine_in_namespaces(const Prepared& prepared, int mapped, WorkerChannels& channels);

// In a clone without namespaces: ids separate what namespaces otherwise would.
Result<void> confine_by_id(const Prepared& prepared, const UidSlot& slot, const Landlock& landlock,
                           WorkerChannels& channels);

}  // namespace executor
