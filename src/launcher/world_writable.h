// World-writable directories, such as /tmp and /dev/shm. Where workers have a user id of their own
// but no root of their own, one run could leave something there for another.
#pragma once

#include "base/result.h"

namespace executor {

// Removes world write permission from every such directory of the root file system and of the
// in-memory file systems below it. Leaves other mounts alone: they are not this container's. Call
// in a container only.
Result<void> remove_world_write();

}  // namespace executor
