#include "runner/scratch.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "base/fd.h"

namespace executor {

// fallocate(2) takes the pages without writing to them. In files that the limit of one file allows.
Result<void> fill_scratch(const SandboxLimits& configured, const SandboxLimits& wanted) {
  std::uint64_t left = configured.scratch - std::min(configured.scratch, wanted.scratch);
  for (int number = 0; left > 0; ++number) {
    const UniqueFd file(::openat(kScratchRoot, ("filled." + std::to_string(number)).c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400));
    if (!file) return os_failure("make a file that fills the scratch space");
    const std::uint64_t size = std::min(left, configured.file_size);
    if (::fallocate(file.get(), 0, 0, static_cast<off_t>(size)) != 0) {
      return os_failure("fill the scratch space");
    }
    left -= size;
  }
  return {};
}

void close_scratch_root() {
  if (::close(kScratchRoot) != 0 && errno != EBADF) ::_exit(1);
}

}  // namespace executor
