// The runner with one layer of its sandbox left out, for the tests that ask which layer stops which
// attack. The product has no such switch: this file is linked to the product's own objects, and the
// linker leads the calls of certain steps (ld's --wrap, for every __real_ symbol below) through
// here. The layer is the suffix of the program's name: `runner.seccomp` runs without its filter.
// With a name that has none it is the product's runner. A step whose parameters change no longer
// links: correct its symbol here.
//
// What would endanger the machine is not left out but replaced by a bound that protects it.
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <string>
#include <string_view>

#include "base/file_at.h"
#include "runner/namespaces.h"
#include "runner/rlimits.h"
#include "runner/root.h"
#include "runner/run_ids.h"
#include "runner/seccomp.h"
#include "wire/job.h"
#include "wire/seccomp_table.h"

// A step of the product, and what is called in its place.
#define STEP(result, name, symbol, ...)                  \
  result real_##name(__VA_ARGS__) asm("__real_" symbol); \
  result wrap_##name(__VA_ARGS__) asm("__wrap_" symbol);

namespace executor {

using Paths = std::vector<std::string>;

STEP(Result<Cloned>, clone_worker, "_ZN8executor12clone_workerEmi", unsigned long, int)
STEP(Result<void>, map_worker_ids, "_ZN8executor14map_worker_idsEi", int)
STEP(Result<void>, map_run_id, "_ZN8executor10map_run_idEiiji", int, pid_t, std::uint32_t, int)
STEP(Result<UniqueFd>, enter_network, "_ZN8executor11NetworkPool5enterEv", NetworkPool*)
STEP(Result<void>, enter_sandbox_root,
     "_ZN8executor18enter_sandbox_rootERKSt6vectorINSt7__cxx1112basic_stringIcSt11char_"
     "traitsIcESaIcEEESaIS6_EE",
     const Paths&)
STEP(Result<void>, mount_scratch, "_ZN8executor13mount_scratchERKNS_13SandboxLimitsE",
     const SandboxLimits&)
STEP(void, close_scratch_root, "_ZN8executor18close_scratch_rootEv", )
STEP(Result<void>, unmount_scratch, "_ZN8executor15unmount_scratchEv", )
STEP(Result<void>, set_rlimits,
     "_ZN8executor11set_rlimitsERKNS_13SandboxLimitsERKNS_14MemoryBaselineE", const SandboxLimits&,
     const MemoryBaseline&)
STEP(Result<void>, install_seccomp,
     "_ZN8executor15install_seccompERKSt6vectorI11sock_filterSaIS1_EE", const SeccompProgram&)
STEP(Result<void>, filter_zygote, "_ZN8executor13filter_zygoteERKSt6vectorI11sock_filterSaIS1_EE",
     const SeccompProgram&)
STEP(std::vector<SeccompGroup>, seccomp_table, "_ZN8executor13seccomp_tableENS_7SocketsE", Sockets)
STEP(Result<std::string>, read_at, "_ZN8executor7read_atB5cxx11EiPKc", int, const char*)
STEP(Result<void>, write_at, "_ZN8executor8write_atEiPKcSt17basic_string_viewIcSt11char_traitsIcEE",
     int, const char*, std::string_view)
STEP(int, seccomp_attr_set, "seccomp_attr_set", void*, int, unsigned)
STEP(int, setrlimit, "setrlimit", __rlimit_resource, const rlimit*)
STEP(pid_t, setsid, "setsid", )
STEP(int, clearenv, "clearenv", )
STEP(int, close_range, "close_range", unsigned, unsigned, int)
STEP(int, unshare, "unshare", int)
STEP(int, chroot, "chroot", const char*)
STEP(int, dup3, "dup3", int, int, int)
STEP(int, umount2, "umount2", const char*, int)
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
constexpr int kInheritedFd = 1500;
constexpr std::string_view kExposed = "/usr/share/doc";
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

// More than the table's own rules allow.
void widen(std::vector<SeccompGroup>& groups) {
  const std::pair<const char*, std::vector<int>> wider[] = {
      {"more-calls",
       {SYS_userfaultfd, SYS_inotify_init1, SYS_vmsplice, SYS_add_key, SYS_request_key,
        SYS_personality, SYS_mlockall, SYS_splice}},
      {"shared-memory", {SYS_mmap}},
      {"socket-options", {SYS_setsockopt, SYS_fcntl, SYS_flock}},
      {"device-commands", {SYS_ioctl, SYS_prctl}},
      {"sockets", {SYS_socket}},
      {"namespace-flags", {SYS_clone}},
      {"debugging", {SYS_ptrace, SYS_process_vm_readv, SYS_keyctl, SYS_bpf, SYS_perf_event_open}},
      {"sessions", {SYS_setsid}},
      {"priorities", {SYS_sched_setscheduler, SYS_sched_setattr, SYS_ioprio_set}},
      {"socket-answers", {SYS_getsockopt}},
      {"core-dumps", {SYS_prlimit64, SYS_setrlimit}},
      {"memory-advice", {SYS_madvise}}};
  for (const auto& [name, calls] : wider) {
    if (!without(name)) continue;
    for (SeccompGroup& group : groups) {
      std::erase_if(group.rules, [&calls = calls](const SeccompRule& rule) {
        return std::find(calls.begin(), calls.end(), rule.call) != calls.end();
      });
    }
    SeccompGroup more{name, SeccompAnswer::kAllow, {}};
    for (const int call : calls) more.rules.push_back({call, {}});
    groups.push_back(more);
  }
}

// As if the kernel looked at all 64 bits of a number: another number is then one that differs
// anywhere.
void compare_whole_arguments(std::vector<SeccompGroup>& groups) {
  for (SeccompGroup& group : groups) {
    for (SeccompRule& rule : group.rules) {
      for (ArgumentTest& test : rule.tests) {
        if (!test.equal && test.mask == 0xffffffffU) test.mask = ~0ULL;
      }
    }
  }
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

// The run's id, and another run's.
Result<void> map_two_ids(int proc, pid_t worker, std::uint32_t id) {
  const std::string map =
      "1000 " + std::to_string(id) + " 1\n1001 " + std::to_string(id + 1) + " 1\n";
  for (const char* file : {"/uid_map", "/gid_map"}) {
    if (auto wrote = real_write_at(proc, (std::to_string(worker) + file).c_str(), map); !wrote) {
      return wrote;
    }
  }
  return {};
}

}  // namespace

Result<std::string> wrap_read_at(int directory, const char* path) {
  if (without("used-networks") && path == std::string_view("self/net/dev"))
    return std::string("lo: 0 0\n");
  return real_read_at(directory, path);
}

Result<void> wrap_write_at(int directory, const char* path, std::string_view text) {
  if (without("oom-score") && path == std::string_view("self/oom_score_adj")) return {};
  return real_write_at(directory, path, text);
}

int wrap_seccomp_attr_set(void* context, int attribute, unsigned value) {
  if (without("entries") && attribute == SCMP_FLTATR_ACT_BADARCH) value = SCMP_ACT_ALLOW;
  return real_seccomp_attr_set(context, attribute, value);
}

int wrap_setrlimit(__rlimit_resource resource, const rlimit* limit) {
  if (without("address-space") && resource == RLIMIT_AS) return 0;
  if (without("hard-limits")) {
    rlimit soft{};
    ::getrlimit(resource, &soft);
    soft.rlim_cur = std::min(limit->rlim_cur, soft.rlim_max);
    return real_setrlimit(resource, &soft);
  }
  return real_setrlimit(resource, limit);
}

pid_t wrap_setsid() {
  return without("session") ? 0 : real_setsid();
}

int wrap_clearenv() {
  const int cleared = real_clearenv();
  if (without("environment")) ::setenv("SECRET", "of the service", 1);
  return cleared;
}

Result<Cloned> wrap_clone_worker(unsigned long namespaces, int cgroup) {
  if (without("user")) namespaces &= ~static_cast<unsigned long>(CLONE_NEWUSER);
  if (without("pid")) namespaces &= ~static_cast<unsigned long>(CLONE_NEWPID);
  if (without("mounts")) namespaces &= ~static_cast<unsigned long>(CLONE_NEWNS);
  if (without("cgroup-namespace")) namespaces &= ~static_cast<unsigned long>(CLONE_NEWCGROUP);
  if (without("host-name")) namespaces &= ~static_cast<unsigned long>(CLONE_NEWUTS);
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

// Nor is there anything to map then.
Result<void> wrap_map_run_id(int proc, pid_t worker, std::uint32_t id, int mapped) {
  if (without("more-ids")) {
    if (auto wrote = map_two_ids(proc, worker, id); !wrote) return wrote;
  } else if (!without("user")) {
    return real_map_run_id(proc, worker, id, mapped);
  }
  if (::eventfd_write(mapped, 1) != 0) return os_failure("release a worker that has its ids");
  return {};
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

Result<void> wrap_filter_zygote(const SeccompProgram& program) {
  if (without("seccomp")) return {};
  return real_filter_zygote(program);
}

// The same table without a word about the job socket.
std::vector<SeccompGroup> wrap_seccomp_table(Sockets sockets) {
  std::vector<SeccompGroup> groups = real_seccomp_table(sockets);
  widen(groups);
  if (without("whole-arguments")) compare_whole_arguments(groups);
  if (!without("job-socket")) return groups;
  for (SeccompGroup& group : groups) {
    for (SeccompRule& rule : group.rules) {
      std::erase_if(rule.tests, [&rule](const ArgumentTest& test) {
        bool target = rule.call == SYS_dup3;
#ifdef __x86_64__
        target |= rule.call == SYS_dup2;
#endif
        return rule.call == SYS_close_range || target || test.value == kJobSocket;
      });
    }
  }
  return groups;
}

int wrap_close_range(unsigned first, unsigned last, int flags) {
  if (without("descriptors")) return 0;
  if (without("descriptor-1500") && first > static_cast<unsigned>(kJobSocket)) return 0;
  return real_close_range(first, last, flags);
}

int wrap_unshare(int flags) {
  if (without("one-network") && flags == CLONE_NEWNET) {
    static int made = 0;
    if (made++ > 0) return 0;  // a process stays in the first that it has made
  }
  return sealed ? refuse() : real_unshare(flags);
}

int wrap_dup3(int from, int to, int flags) {
  if (without("job-inherited") && to == kJobSocket) flags = 0;
  return real_dup3(from, to, flags);
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

int wrap_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
  const bool drops =
      option == PR_SET_SECUREBITS || option == PR_CAPBSET_DROP || option == PR_SET_NO_NEW_PRIVS;
  if (without("capabilities") && drops) {
    // The loop over all capabilities ends where the kernel knows no more.
    if (option == PR_CAPBSET_DROP && real_prctl(PR_CAPBSET_READ, a, 0, 0, 0) < 0) return -1;
    return 0;
  }
  if (without("death-signal") && option == PR_SET_PDEATHSIG) return 0;
  if (without("secure-bits") && option == PR_SET_SECUREBITS) return 0;
  if (without("bounding-set") && option == PR_CAPBSET_DROP && a == CAP_SYS_ADMIN) return 0;
  return real_prctl(option, a, b, c, d);
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
