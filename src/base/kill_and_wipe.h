// Kills all processes of a user id and deletes its files. For the tier in which each worker has a
// user id of its own instead of namespaces.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"

namespace executor {

// A worker's place: its user id; the id of the process that sweeps after it, which no other process
// has and so none can signal; and its directory.
struct UidSlot {
  uid_t uid = 0;  // and gid
  uid_t sweeper = 0;
  std::string directory;  // root's, entered by the group `uid` only; holds home and tmp

  [[nodiscard]] std::string home() const { return directory + "/home"; }
  [[nodiscard]] std::string tmp() const { return directory + "/tmp"; }
};

// Makes the slot's directories, which must not exist. Requires root with CAP_CHOWN.
Result<void> make_uid_slot(const UidSlot& slot);

// In a process of its own, which is root: kills every process of the slot's id until none is left,
// zombies included, removes the files in its two directories, and exits with status 0, or with
// another status when it could not. Another process must reap what it kills.
[[noreturn]] void kill_and_wipe(const UidSlot& slot);

// Where no such process can be started: kills the processes of the slot's id once. They stay as
// zombies until they are reaped, and the files stay. Requires root with CAP_SETUID, and takes other
// ids meanwhile. False when it could not become root again.
[[nodiscard]] bool kill_as_root(const UidSlot& slot);

// After a sweep: removes the slot's directories. Requires root.
Result<void> remove_uid_slot(const UidSlot& slot);

}  // namespace executor
