// Directories that anybody may write in, such as /tmp and /dev/shm. Where workers have a user id of
// their own but no root of their own, each is a place to leave something for another run.
#pragma once

#include "base/result.h"

namespace executor {

// Takes the right to write from others, in every such directory of the root's file system and of
// those in memory below it. Other mounts are left alone: they are not this container's. To be
// called in a container only.
Result<void> close_directories();

}  // namespace executor
