#include "launcher/world_writable.h"

#include <ftw.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cstring>

namespace executor {
namespace {

constexpr int kMaxDescriptors = 64;

// nftw(3) has no argument for its visitor.
dev_t root_device = 0;
int first_error = 0;

bool is_ours(const char* path, const struct stat& status) {
  if (status.st_dev == root_device) return true;
  struct statfs system {};
  return ::statfs(path, &system) == 0 && system.f_type == TMPFS_MAGIC;
}

int visit(const char* path, const struct stat* status, int type, FTW* /*where*/) {
  if (type != FTW_D && type != FTW_DNR) return FTW_CONTINUE;
  if (!is_ours(path, *status)) return FTW_SKIP_SUBTREE;
  if ((status->st_mode & S_IWOTH) != 0 && ::chmod(path, status->st_mode & ~S_IWOTH & 07777) != 0) {
    if (first_error == 0) first_error = errno;
  }
  return FTW_CONTINUE;
}

}  // namespace

Result<void> remove_world_write() {
  struct stat root {};
  if (::stat("/", &root) != 0) return os_failure("look at /");
  root_device = root.st_dev;
  first_error = 0;
  if (::nftw("/", visit, kMaxDescriptors, FTW_PHYS | FTW_ACTIONRETVAL) != 0) {
    return os_failure("look for world-writable directories");
  }
  if (first_error != 0) return Failure{"close the world-writable directories", first_error};
  return {};
}

}  // namespace executor
