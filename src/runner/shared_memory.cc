#include "runner/shared_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

namespace {

using executor::UniqueFd;

std::string directory;  // empty: the kernel answers

#ifdef EXECUTOR_SHARED_MEMORY_IN_FILES
constexpr int kShared = MAP_SHARED | MAP_ANONYMOUS;
// Flags that a file's mapping has as well.
constexpr int kAlsoOfFiles = kShared | MAP_NORESERVE | MAP_POPULATE | MAP_FIXED;

bool wants_shared_memory(int flags) {
  return !directory.empty() && (flags & kShared) == kShared && (flags & ~kAlsoOfFiles) == 0;
}

void* kernels_mmap(void* where, std::size_t size, int protection, int flags, int file,
                   off_t offset) {
  return reinterpret_cast<void*>(::syscall(SYS_mmap, where, size, protection, flags, file, offset));
}

UniqueFd nameless_file(int flags) {
  return UniqueFd(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_EXCL | flags, 0600));
}

// Whether a file may be so large: one that grows beyond the limit ends the process by SIGXFSZ.
bool within_file_limit(std::size_t size) {
  rlimit limit{};
  return ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && size <= limit.rlim_cur;
}

void* map_nameless_file(void* where, std::size_t size, int protection, int flags) {
  const UniqueFd file = nameless_file(O_CLOEXEC);
  if (!file) return MAP_FAILED;
  if (!within_file_limit(size) || ::fallocate(file.get(), 0, 0, static_cast<off_t>(size)) != 0) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  return kernels_mmap(where, size, protection, flags & ~MAP_ANONYMOUS, file.get(), 0);
}
#endif

}  // namespace

namespace executor {

void keep_shared_memory_in(const std::string& where) {
  directory = where;
}

}  // namespace executor

#ifdef EXECUTOR_SHARED_MEMORY_IN_FILES
// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): libc's are reserved names.
extern "C" {

void* mmap(void* where, std::size_t size, int protection, int flags, int file,
           off_t offset) noexcept {
  if (wants_shared_memory(flags) && size > 0) {
    return map_nameless_file(where, size, protection, flags);
  }
  return kernels_mmap(where, size, protection, flags, file, offset);
}

void* mmap64(void* where, std::size_t size, int protection, int flags, int file,
             off64_t offset) noexcept {
  return mmap(where, size, protection, flags, file, offset);
}

int memfd_create(const char* name, unsigned flags) noexcept {
  if (directory.empty() || (flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING)) != 0) {
    return static_cast<int>(::syscall(SYS_memfd_create, name, flags));
  }
  return nameless_file((flags & MFD_CLOEXEC) != 0 ? O_CLOEXEC : 0).release();
}

}  // extern "C"
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
#endif
