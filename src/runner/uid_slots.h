// The tier uid: what each worker has of its own instead of namespaces, a user id and a directory.
//
// The launcher starts a zygote of this tier with a slice of ids that no other zygote has. A slot is
// taken for one worker and is free again only after a sweep has found nothing left of it. See
// base/kill_and_wipe.h for which process kills which.
#pragma once

#include <sys/types.h>

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/kill_and_wipe.h"
#include "base/process_memory.h"
#include "base/result.h"
#include "runner/landlock.h"
#include "wire/control.h"

namespace executor {

// What the launcher gives a zygote; never from the responder.
struct UidSlice {
  uid_t first = 0, last = 0;
  std::string directory;  // root's, where the slots' directories are made
  std::string library;    // next to the runner: what the runs' programs load (runner/preloaded.cc)
};

// The slice in the runner's arguments, empty when there are none. A failure when they are invalid
// or the process does not have the rights that they require.
Result<std::optional<UidSlice>> read_slice(int argc, const char* const* argv);

// Refuses a setup with which the zygote, which is root, or the programs of its runs would load
// files that other users can write. The setup is the launcher's (wire/launch.h); this catches its
// administrator's mistakes.
Result<void> check_trusted(const Setup& setup, const std::string& library,
                           const std::string& python_version);

class UidSlots {
 public:
  explicit UidSlots(const UidSlice& slice);

  // A free slot, its directories made.
  Result<UidSlot> take();
  // After a sweep: removes what is left of it. It becomes the last to be taken again.
  Result<void> give_back(const UidSlot& slot);

 private:
  std::deque<UidSlot> free_;
};

// Everything that workers of this tier may open.
Result<Landlock> prepare_landlock(const Setup& setup, const std::string& library);

// In a worker: becomes the slot's user and group irrevocably. Needs CAP_SETUID and CAP_SETGID.
Result<void> assume_identity(const UidSlot& slot);

// In a worker, as the last step: tries what must fail.
Result<void> verify_uid_confinement(const UidSlot& slot);

// Bytes and number of the files of a run: those in its directories, and those that were deleted but
// are still open. Empty when there are more than `most`, or when they cannot be counted.
struct FileUse {
  std::uint64_t bytes = 0;
  std::uint64_t files = 0;
};
std::optional<FileUse> files_of(const UidSlot& slot, const std::vector<int>& processes,
                                std::uint64_t most);

// What the processes of the slot hold (base/process_memory.h: slow). Takes the slot's file system
// ids meanwhile, since reading a process's exact shares requires them.
MemorySum memory_of_slot(const UidSlot& slot, const MemoryBound& bound, std::uint64_t limit);

}  // namespace executor
