// What a worker is as a process: its namespaces and ids, rights, limits, descriptors.
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "base/fd.h"
#include "weakened/steps.h"
#include "wire/job.h"

namespace executor {
namespace {

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

int wrap_nice(int by) {
  return without("priority") ? 0 : real_nice(by);
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

}  // namespace executor
