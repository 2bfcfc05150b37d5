// Several zygotes, of several services of one user, take their workers' ids from one range. Each
// has a slice of its own.
#pragma once

#include <cstdint>
#include <set>

#include "base/fd.h"
#include "base/result.h"
#include "jail/subordinate_ids.h"

namespace executor {

// Theory of operation. Which ids are taken is a fact of the user namespace that they are numbered
// in, so its file below /proc is what is locked: one byte for each user id, by read locks of the
// open file description, which any user may set and the kernel removes with the descriptor. After
// locking a slice a zygote checks whether another lock overlaps it, and tries another slice if so.
// Two that collide both move on, from places that were chosen at random.
class IdSlice {
 public:
  // Takes `count` ids, at least 1, that no other slice has and that no process has: those of a
  // service that was killed may live for a moment longer than its locks.
  static Result<IdSlice> take(const SubordinateIds& all, std::uint32_t count);
  // The same, with the user ids that are in use.
  static Result<IdSlice> take(const SubordinateIds& all, std::uint32_t count,
                              const std::set<unsigned>& in_use);

  // Maps this process's own ids to kSandboxId, and the slice to the ids from kFirstRunId on, in the
  // user namespace that the process `pid` has made. A failure may leave only some of it done.
  [[nodiscard]] Result<void> map_into(int pid) const;
  [[nodiscard]] const SubordinateIds& ids() const { return ids_; }

 private:
  IdSlice(SubordinateIds ids, UniqueFd lock) : ids_(ids), lock_(std::move(lock)) {}

  SubordinateIds ids_;
  UniqueFd lock_;
};

}  // namespace executor
