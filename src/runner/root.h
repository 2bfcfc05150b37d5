// The file system that scripts see: a root of their own with the interpreter, the libraries and a
// few small files, all read-only, and three directories that they may write. The zygote builds it
// once; a worker adds only its own scratch space. The host's root is unmounted, not hidden.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "wire/control.h"

namespace executor {

inline constexpr const char* kHome = "/home/sandbox";

// Builds the root and moves the calling process (in a mount namespace of its own, with
// CAP_SYS_ADMIN there) into it. `expose` are absolute paths that are bound read-only, in addition
// to the programs and libraries below /usr.
Result<void> enter_sandbox_root(const std::vector<std::string>& expose);

// In a worker: mounts fresh scratch space (one tmpfs, limited in bytes and inodes) as home, /tmp
// and /dev/shm, and makes home the working directory. Leaves the tmpfs's root open, as kScratchRoot
// (runner/scratch.h). Allocates only on failure.
Result<void> mount_scratch(const SandboxLimits& limits);

// Removes it again: in the zygote, which has scratch space while its modules are imported.
Result<void> unmount_scratch();

}  // namespace executor
