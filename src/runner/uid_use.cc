// What a run uses, counted from outside by the zygote: see uid_slots.h.
#include <dirent.h>
#include <fcntl.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <string>
#include <utility>

#include "base/fd.h"
#include "base/process_memory.h"
#include "runner/uid_slots.h"

namespace executor {
namespace {

// Anything deeper counts as too much: each level takes a descriptor of ours. A file of the request
// may be this deep (contract/input_files.cc): its path has at most 1024 bytes.
constexpr int kDeepest = 512;
constexpr std::uint64_t kBlock = 512;  // of st_blocks (stat(2))

// The file system ids of a slot, for as long as the object lives.
class FileIds {
 public:
  explicit FileIds(const UidSlot& slot) {
    ::setfsgid(slot.uid);
    ::setfsuid(slot.uid);
  }
  FileIds(const FileIds&) = delete;
  FileIds& operator=(const FileIds&) = delete;
  ~FileIds() {
    ::setfsuid(0);
    ::setfsgid(0);
  }
};

struct Directory {
  explicit Directory(int fd) : entries(fd < 0 ? nullptr : ::fdopendir(fd)) {}
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() {
    if (entries != nullptr) ::closedir(entries);
  }
  DIR* entries;
};

using Inodes = std::set<std::pair<dev_t, ino_t>>;

void count(const struct stat& status, Inodes& seen, FileUse& use) {
  if (!seen.emplace(status.st_dev, status.st_ino).second) return;
  ++use.files;
  use.bytes += static_cast<std::uint64_t>(status.st_blocks) * kBlock;
}

bool is_self_or_parent(const char* name) {
  return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

// False when it cannot be walked: hidden from us, too deep, or of more files than `most`.
bool count_tree(int parent, const char* name, int depth, std::uint64_t most, Inodes& seen,
                FileUse& use) {
  const int fd = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
  const Directory directory(fd);
  if (directory.entries == nullptr) return false;
  while (const dirent* entry = ::readdir(directory.entries)) {
    struct stat status {};
    if (is_self_or_parent(entry->d_name) ||
        ::fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
      continue;
    }
    count(status, seen, use);
    if (use.files > most) return false;
    if (!S_ISDIR(status.st_mode)) continue;
    if (depth == kDeepest || !count_tree(fd, entry->d_name, depth + 1, most, seen, use)) {
      return false;
    }
  }
  return true;
}

// Regular files without a name that a thread has open. Each thread may have descriptors of its own,
// and those of a process are not shown once its first thread has ended.
void count_deleted(const std::string& thread, Inodes& seen, FileUse& use) {
  const std::string path = thread + "/fd";
  const Directory directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.entries == nullptr) return;
  while (const dirent* entry = ::readdir(directory.entries)) {
    struct stat status {};
    if (::fstatat(::dirfd(directory.entries), entry->d_name, &status, 0) != 0) continue;
    if (S_ISREG(status.st_mode) && status.st_nlink == 0) count(status, seen, use);
  }
}

}  // namespace

std::optional<FileUse> files_of(const UidSlot& slot, const std::vector<int>& processes,
                                std::uint64_t most) {
  FileUse use;
  Inodes seen;
  for (const std::string& path : {slot.home(), slot.tmp()}) {
    if (!count_tree(AT_FDCWD, path.c_str(), 0, most, seen, use)) return std::nullopt;
  }
  const FileIds ids(slot);
  for (const int process : processes) {
    for (const std::string& thread : threads_of(process)) count_deleted(thread, seen, use);
  }
  if (use.files > most) return std::nullopt;
  return use;
}

MemorySum memory_of_slot(const UidSlot& slot, const MemoryBound& bound, std::uint64_t limit) {
  const FileIds ids(slot);
  return sum_memory(bound, limit);
}

}  // namespace executor
