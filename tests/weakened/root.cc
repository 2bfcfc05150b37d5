// What a worker has of files: its root, what is mounted there, scratch space; and the system calls
// without a function in libc, most of which are about mounts.
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string_view>

#include "weakened/steps.h"

namespace executor {
namespace {

constexpr int kInheritedFd = 1500;
constexpr std::string_view kExposed = "/usr/share/doc";

// Scratch space that is bounded, in the places that the jail's own root has.
Result<void> mount_scratch_on_foreign_root() {
  for (const char* place : {"/tmp", "/dev/shm"}) {
    if (real_mount("scratch", place, "tmpfs", MS_NOSUID | MS_NODEV,
                   "size=64m,nr_inodes=4096,mode=1777") != 0) {
      return os_failure("mount the scratch space");
    }
  }
  if (::chdir("/tmp") != 0) return os_failure("enter the scratch space");
  return {};
}

// Into the new root, while it is still empty and writable.
void put_into_root() {
  if (without("more-devices")) {
    ::mkdir("/tmp/dev", 0755);
    ::close(::creat("/tmp/dev/zero", 0444));
    real_mount("/dev/zero", "/tmp/dev/zero", nullptr, MS_BIND, nullptr);
  }
  if (without("proc")) {
    ::mkdir("/tmp/proc", 0755);
    real_mount("/proc", "/tmp/proc", nullptr, MS_BIND | MS_REC, nullptr);
  }
}

// A place of the host's at one of the new root, where the process is: sealed like the others.
void show(const char* source, const char* place) {
  real_mount(source, place, nullptr, MS_BIND | MS_REC, nullptr);
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  real_syscall(SYS_mount_setattr, AT_FDCWD, reinterpret_cast<long>(place), AT_RECURSIVE,
               reinterpret_cast<long>(&attributes), sizeof attributes, 0);
}

// Into the new root, when it is complete.
void add_to_root() {
  if (without("accounts")) real_mount("/etc/passwd", "etc/passwd", nullptr, MS_BIND, nullptr);
  if (without("host-logs")) show("/var/log", "mnt");
  if (without("host-files")) show("/var/lib", "usr/lib/locale");
  if (without("swapped-device")) {
    mount_attr attributes{};
    attributes.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
    real_umount2("dev/full", MNT_DETACH);
    real_mount("/dev/zero", "dev/full", nullptr, MS_BIND, nullptr);
    real_syscall(SYS_mount_setattr, AT_FDCWD, reinterpret_cast<long>("dev/full"), 0,
                 reinterpret_cast<long>(&attributes), sizeof attributes, 0);
  }
}

}  // namespace

Result<void> wrap_enter_sandbox_root(const Paths& expose) {
  if (without("root")) {
    if (real_mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
      return os_failure("make the mounts private");
    }
    return {};
  }
  if (without("descriptor-1500")) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    real_setrlimit(RLIMIT_NOFILE, &limit);
    ::dup2(::open("/", O_RDONLY | O_DIRECTORY), kInheritedFd);
  }
  auto entered = real_enter_sandbox_root(expose);
  if (entered && without("propagation"))
    real_mount(nullptr, "/", nullptr, MS_REC | MS_SHARED, nullptr);
  // One for all workers, which have no right to mount any.
  if (entered && without("mounts")) return real_mount_scratch(SandboxLimits());
  return entered;
}

Result<void> wrap_mount_scratch(const SandboxLimits& limits) {
  if (without("root")) return mount_scratch_on_foreign_root();
  if (without("mounts")) {
    if (::chdir(kHome) != 0) return os_failure("enter the home directory");
    return {};
  }
  SandboxLimits more = limits;
  if (without("scratch")) {
    more.scratch = 512ULL << 20;
    more.scratch_inodes = 100'000;
  }
  return real_mount_scratch(more);
}

void wrap_close_scratch_root() {
  if (!without("scratch-root")) real_close_scratch_root();
}

// The zygote's, from its start.
Result<void> wrap_unmount_scratch() {
  if (!without("root") && !without("mounts")) return real_unmount_scratch();
  if (::chdir("/") != 0) return os_failure("leave the scratch space");
  return {};
}

int wrap_umount2(const char* place, int flags) {
  if (without("old-root") && place == std::string_view(".")) return 0;
  return real_umount2(place, flags);
}

int wrap_chroot(const char* path) {
  return sealed ? refuse() : real_chroot(path);
}

int wrap_open(const char* path, int flags, mode_t mode) {
  // The zygote's control socket in place of a worker's standard input.
  if (without("stdin") && path == std::string_view("/dev/null"))
    return ::fcntl(0, F_DUPFD_CLOEXEC, 3);
  return sealed && without("read-only") ? refuse() : real_open(path, flags, mode);
}

int wrap_mount(const char* source, const char* target, const char* type, unsigned long flags,
               const void* data) {
  if (sealed) return refuse();
  if (without("read-only") && (flags & MS_REMOUNT) != 0) return 0;
  if (without("mount-flags")) flags &= ~static_cast<unsigned long>(MS_NOSUID | MS_NODEV);
  const int mounted = real_mount(source, target, type, flags, data);
  if (mounted == 0 && source != nullptr && source == std::string_view("sandbox")) put_into_root();
  return mounted;
}

long wrap_syscall(long number, long a, long b, long c, long d, long e, long f) {
  if (without("capabilities") && number == SYS_capset) return 0;
  if (without("one-capability") && number == SYS_capset) {
    __user_cap_data_struct kept[2]{};
    kept[0].permitted = kept[0].effective = 1U << CAP_NET_ADMIN;
    return real_syscall(number, a, reinterpret_cast<long>(kept), c, d, e, f);
  }
  if (without("read-only") && number == SYS_mount_setattr) return 0;
  if (number == SYS_mount_setattr) {
    const std::string_view path(reinterpret_cast<const char*>(b));
    if (without("exposed") && path.ends_with(kExposed)) return 0;
    if (without("mount-flags")) reinterpret_cast<mount_attr*>(d)->attr_set = MOUNT_ATTR_RDONLY;
  }
  if (number == SYS_pivot_root) add_to_root();
  return real_syscall(number, a, b, c, d, e, f);
}

}  // namespace executor
