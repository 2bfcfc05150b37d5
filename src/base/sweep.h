// The end of everything that belongs to a user id: its processes and its files. For the tier in
// which each worker has an id of its own instead of namespaces.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"

namespace executor {

// A worker's place: its id, the id of the process that sweeps behind it, which nobody else has and
// so nobody can signal, and its directory.
struct Seat {
  uid_t uid = 0;  // and gid
  uid_t sweeper = 0;
  std::string directory;  // root's, entered by the group `uid` only; holds home and tmp

  [[nodiscard]] std::string home() const { return directory + "/home"; }
  [[nodiscard]] std::string tmp() const { return directory + "/tmp"; }
};

// Makes the seat's directories, which must not exist. Requires root with CAP_CHOWN.
Result<void> make_seat(const Seat& seat);

// In a process of its own, which is root: kills every process of the seat's id until none is left,
// zombies included, removes the files in its two directories, and exits with status 0; with another
// status when it could not. Somebody else must reap what it kills.
[[noreturn]] void sweep(const Seat& seat);

// After a sweep: removes the seat's directories. Requires root.
Result<void> remove_seat(const Seat& seat);

}  // namespace executor
