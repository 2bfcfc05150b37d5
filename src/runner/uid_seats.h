// The tier uid: what each worker has of its own instead of namespaces, a user id and a directory.
//
// The launcher starts a zygote of this tier with a slice of ids that no other zygote has. A seat is
// taken for one worker and free again only after a sweep has found nothing left of it. See
// base/sweep.h for who kills what.
#pragma once

#include <sys/types.h>

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/sweep.h"
#include "runner/landlock.h"
#include "wire/control.h"

namespace executor {

// What the launcher gives a zygote; never from the responder.
struct UidSlice {
  uid_t first = 0, last = 0;
  std::string directory;  // root's, where the seats' directories are made
};

// The slice in the runner's arguments, empty when there are none. A failure when they are unfit or
// the process is not what they say it must be.
Result<std::optional<UidSlice>> read_slice(int argc, const char* const* argv);

// Refuses a setup with which the responder could have code of its own choice run by the zygote,
// which is root: modules must come from where only root can write.
Result<void> check_trusted(const Setup& setup);

class UidSeats {
 public:
  explicit UidSeats(const UidSlice& slice);

  // A free seat, its directories made.
  Result<Seat> take();
  // After a sweep: removes what is left of it. It becomes the last to be taken again.
  Result<void> give_back(const Seat& seat);

 private:
  std::deque<Seat> free_;
};

// Everything that workers of this tier may open.
Result<Landlock> prepare_landlock(const Setup& setup);

// In a worker: becomes the seat's user and group for ever. Needs CAP_SETUID and CAP_SETGID.
Result<void> become(const Seat& seat);

// In a worker, at last: tries what must fail.
Result<void> try_to_leave_seat(const Seat& seat);

// Bytes and number of the files of a run: those in its directories, and those that were deleted but
// are still open. Empty when they are more than `most` or cannot be counted, which is as bad.
struct FileUse {
  std::uint64_t bytes = 0;
  std::uint64_t files = 0;
};
std::optional<FileUse> files_of(const Seat& seat, const std::vector<int>& processes,
                                std::uint64_t most);

// Bytes of memory of the processes of the seat. Takes the seat's file system ids for the moment, as
// whoever reads a process's exact shares must have its ids.
std::uint64_t memory_of_seat(const Seat& seat, const std::vector<int>& processes,
                             std::uint64_t limit);

}  // namespace executor
