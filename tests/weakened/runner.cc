// The runner with one layer of its sandbox left out, for the tests that ask which layer stops which
// attack. The product has no such switch: this file is linked to the product's own objects, and the
// linker leads the calls of certain steps (ld's --wrap, for every __real_ symbol below) through
// here. The layer is the suffix of the program's name: `runner.seccomp` runs without its filter.
// With a name that has none it is the product's runner. A step whose parameters change no longer
// links: correct its symbol here.
//
// What would endanger the machine is not left out but replaced by a bound that protects it.
#include <fcntl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <string>
#include <string_view>

#include "runner/namespaces.h"
#include "runner/rlimits.h"
#include "runner/root.h"
#include "runner/seccomp.h"
#include "runner/seccomp_table.h"
#include "wire/job.h"

// A step of the product, and what is called in its place.
#define STEP(result, name, symbol, ...)                  \
  result real_##name(__VA_ARGS__) asm("__real_" symbol); \
  result wrap_##name(__VA_ARGS__) asm("__wrap_" symbol);

namespace executor {

using Paths = std::vector<std::string>;

STEP(Result<Cloned>, clone_worker, "_ZN8executor12clone_workerEmi", unsigned long, int)
STEP(Result<void>, map_worker_ids, "_ZN8executor14map_worker_idsEi", int)
STEP(Result<UniqueFd>, enter_network, "_ZN8executor11NetworkPool5enterEv", NetworkPool*)
STEP(Result<void>, enter_sandbox_root,
     "_ZN8executor18enter_sandbox_rootERKSt6vectorINSt7__cxx1112basic_stringIcSt11char_"
     "traitsIcESaIcEEESaIS6_EE",
     const Paths&)
STEP(Result<void>, mount_scratch, "_ZN8executor13mount_scratchERKNS_13SandboxLimitsE",
     const SandboxLimits&)
STEP(Result<void>, unmount_scratch, "_ZN8executor15unmount_scratchEv", )
STEP(Result<void>, set_rlimits,
     "_ZN8executor11set_rlimitsERKNS_13SandboxLimitsERKNS_14MemoryBaselineE", const SandboxLimits&,
     const MemoryBaseline&)
STEP(Result<void>, install_seccomp,
     "_ZN8executor15install_seccompERKSt6vectorI11sock_filterSaIS1_EE", const SeccompProgram&)
STEP(std::vector<SeccompGroup>, seccomp_table, "_ZN8executor13seccomp_tableENS_7SocketsE", Sockets)
STEP(int, close_range, "close_range", unsigned, unsigned, int)
STEP(int, unshare, "unshare", int)
STEP(int, chroot, "chroot", const char*)
STEP(int, open, "open", const char*, int, mode_t)
STEP(int, mount, "mount", const char*, const char*, const char*, unsigned long, const void*)
STEP(int, prctl, "prctl", int, unsigned long, unsigned long, unsigned long, unsigned long)
STEP(long, syscall, "syscall", long, long, long, long, long, long, long)

namespace {

std::string suffix_of_this_program() {
  std::array<char, 4096> path{};
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
  const std::string name(path.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  const std::size_t dot = name.rfind('.');
  return dot == std::string::npos || dot < name.rfind('/') ? "" : name.substr(dot + 1);
}

const std::string left_out = suffix_of_this_program();
bool sealed = false;  // what is tried now is the worker's own check that the seal holds

bool without(std::string_view layer) {
  return left_out == layer;
}

int refuse() {
  errno = EPERM;
  return -1;
}

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

}  // namespace

Result<Cloned> wrap_clone_worker(unsigned long namespaces, int cgroup) {
  if (without("user")) namespaces &= ~static_cast<unsigned long>(CLONE_NEWUSER);
  if (without("pid")) namespaces &= ~static_cast<unsigned long>(CLONE_NEWPID);
  if (without("mounts")) namespaces &= ~static_cast<unsigned long>(CLONE_NEWNS);
  if (without("ipc")) {
    namespaces &= ~static_cast<unsigned long>(CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP);
  }
  return real_clone_worker(namespaces, cgroup);
}

// Without a namespace of its own the worker has the zygote's ids already.
Result<void> wrap_map_worker_ids(int proc) {
  if (without("user")) return {};
  return real_map_worker_ids(proc);
}

// The network that the jail has, which is no worker's own.
Result<UniqueFd> wrap_enter_network(NetworkPool* pool) {
  if (without("network")) return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  return real_enter_network(pool);
}

Result<void> wrap_enter_sandbox_root(const Paths& expose) {
  if (without("root")) {
    if (real_mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
      return os_failure("make the mounts private");
    }
    return {};
  }
  auto entered = real_enter_sandbox_root(expose);
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

// The zygote's, from its start.
Result<void> wrap_unmount_scratch() {
  if (!without("root") && !without("mounts")) return real_unmount_scratch();
  if (::chdir("/") != 0) return os_failure("leave the scratch space");
  return {};
}

Result<void> wrap_set_rlimits(const SandboxLimits& limits, const MemoryBaseline& baseline) {
  if (!without("rlimits")) return real_set_rlimits(limits, baseline);
  const std::pair<__rlimit_resource, rlim_t> bounds[] = {
      {RLIMIT_AS, 4ULL << 30},      {RLIMIT_NPROC, 400}, {RLIMIT_NOFILE, 4096},
      {RLIMIT_FSIZE, 256ULL << 20}, {RLIMIT_CPU, 20},    {RLIMIT_CORE, 0}};
  for (const auto& [resource, most] : bounds) {
    rlimit now{};
    ::getrlimit(resource, &now);
    const rlimit bound{std::min(most, now.rlim_max), std::min(most, now.rlim_max)};
    if (::setrlimit(resource, &bound) != 0) return os_failure("set a resource limit");
  }
  return {};
}

Result<void> wrap_install_seccomp(const SeccompProgram& program) {
  sealed = true;
  if (without("seccomp")) return {};
  return real_install_seccomp(program);
}

// The same table without a word about the job socket.
std::vector<SeccompGroup> wrap_seccomp_table(Sockets sockets) {
  std::vector<SeccompGroup> groups = real_seccomp_table(sockets);
  if (!without("job-socket")) return groups;
  for (SeccompGroup& group : groups) {
    for (SeccompRule& rule : group.rules) {
      std::erase_if(rule.tests, [&rule](const ArgumentTest& test) {
        const bool target = rule.call == SYS_dup2 || rule.call == SYS_dup3;
        return rule.call == SYS_close_range || target || test.value == kJobSocket;
      });
    }
  }
  return groups;
}

int wrap_close_range(unsigned first, unsigned last, int flags) {
  if (without("descriptors")) return 0;
  return real_close_range(first, last, flags);
}

int wrap_unshare(int flags) {
  return sealed ? refuse() : real_unshare(flags);
}

int wrap_chroot(const char* path) {
  return sealed ? refuse() : real_chroot(path);
}

int wrap_open(const char* path, int flags, mode_t mode) {
  return sealed && without("read-only") ? refuse() : real_open(path, flags, mode);
}

int wrap_mount(const char* source, const char* target, const char* type, unsigned long flags,
               const void* data) {
  if (sealed) return refuse();
  if (without("read-only") && (flags & MS_REMOUNT) != 0) return 0;
  return real_mount(source, target, type, flags, data);
}

int wrap_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
  const bool drops =
      option == PR_SET_SECUREBITS || option == PR_CAPBSET_DROP || option == PR_SET_NO_NEW_PRIVS;
  if (without("capabilities") && drops) {
    // The loop over all capabilities ends where the kernel knows no more.
    if (option == PR_CAPBSET_DROP && real_prctl(PR_CAPBSET_READ, a, 0, 0, 0) < 0) return -1;
    return 0;
  }
  return real_prctl(option, a, b, c, d);
}

long wrap_syscall(long number, long a, long b, long c, long d, long e, long f) {
  if (without("capabilities") && number == SYS_capset) return 0;
  if (without("read-only") && number == SYS_mount_setattr) return 0;
  return real_syscall(number, a, b, c, d, e, f);
}

}  // namespace executor
