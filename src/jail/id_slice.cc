#include "jail/id_slice.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/process_memory.h"
#include "jail/process.h"
#include "wire/ids.h"

namespace executor {
namespace {

struct flock bytes_of(const IdRange& range, short kind) {
  struct flock bytes {};
  bytes.l_type = kind;
  bytes.l_whence = SEEK_SET;
  bytes.l_start = range.first;
  bytes.l_len = range.count;
  return bytes;
}

// Whether the range is locked, and by this description alone. A write lock is asked about, not set:
// every other lock would stand in its way.
Result<bool> lock(int file, const IdRange& range) {
  struct flock ours = bytes_of(range, F_RDLCK);
  if (::fcntl(file, F_OFD_SETLK, &ours) != 0) return os_failure("lock a range of user ids");
  struct flock others = bytes_of(range, F_WRLCK);
  if (::fcntl(file, F_OFD_GETLK, &others) != 0) return os_failure("look for locks of user ids");
  if (others.l_type == F_UNLCK) return true;
  ours.l_type = F_UNLCK;
  if (::fcntl(file, F_OFD_SETLK, &ours) != 0) return os_failure("unlock a range of user ids");
  return false;
}

bool any_in_use(const IdRange& range, const std::set<unsigned>& in_use) {
  const auto next = in_use.lower_bound(range.first);
  return next != in_use.end() && range.contains(*next);
}

std::uint32_t anywhere_below(std::uint32_t bound) {
  std::uint32_t number = 0;
  (void)!::getrandom(&number, sizeof number, 0);
  return number % bound;
}

// newuidmap and newgidmap take the same arguments.
Result<void> map(const char* program, int pid, unsigned own, const IdRange& range) {
  std::vector<std::string> command = {program};
  for (const std::uint32_t argument : {static_cast<std::uint32_t>(pid), kSandboxId, own, 1U,
                                       kFirstRunId, range.first, range.count}) {
    command.push_back(std::to_string(argument));
  }
  const auto output = output_of(command);
  return output ? Result<void>() : output.error();
}

}  // namespace

Result<IdSlice> IdSlice::take(const SubordinateIds& all, std::uint32_t count) {
  return take(all, count, users_in_use());
}

Result<IdSlice> IdSlice::take(const SubordinateIds& all, std::uint32_t count,
                              const std::set<unsigned>& in_use) {
  UniqueFd file(::open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC));
  if (!file) return os_failure("open our own user namespace");
  const std::uint32_t slices = all.uids.count / count;
  const std::uint32_t begin = slices > 0 ? anywhere_below(slices) : 0;
  for (std::uint32_t i = 0; i < slices; ++i) {
    const std::uint32_t offset = (begin + i) % slices * count;
    const SubordinateIds ids{{all.uids.first + offset, count}, {all.gids.first + offset, count}};
    if (any_in_use(ids.uids, in_use)) continue;
    const auto locked = lock(file.get(), ids.uids);
    if (!locked) return locked.error();
    if (*locked) return IdSlice(ids, std::move(file));
  }
  return failure("all subordinate ids are in use: " + std::to_string(count) + " of " +
                 std::to_string(all.uids.count) + " in a row are needed");
}

Result<void> IdSlice::map_into(int pid) const {
  if (auto mapped = map(kNewUidMap, pid, ::getuid(), ids_.uids); !mapped) return mapped;
  return map(kNewGidMap, pid, ::getgid(), ids_.gids);
}

}  // namespace executor
