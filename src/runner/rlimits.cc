#include "runner/rlimits.h"

#include <sys/resource.h>

#include "runner/proc_file.h"

namespace executor {
namespace {

// Mapped files, thread stacks' guard areas and the like, which use address space but no memory.
constexpr std::uint64_t kAddressSlack = 256ULL << 20;

struct Entry {
  __rlimit_resource resource;
  rlim_t soft;
  rlim_t hard;
};

}  // namespace

Result<MemoryBaseline> memory_baseline(int proc) {
  constexpr std::uint64_t kKilobyte = 1024;
  const auto size = read_proc_number(proc, "self/status", "VmSize");
  if (!size) return size.error();
  const auto data = read_proc_number(proc, "self/status", "VmData");
  if (!data) return data.error();
  return MemoryBaseline{*size * kKilobyte, *data * kKilobyte};
}

Result<void> set_rlimits(const SandboxLimits& limits, const MemoryBaseline& baseline) {
  const rlim_t data = baseline.data + limits.memory;
  // Shared anonymous memory is not in RLIMIT_DATA, so the address space is limited as well.
  const rlim_t space = baseline.address_space + limits.memory + kAddressSlack;
  const rlim_t cpu = limits.cpu_seconds;
  const Entry entries[] = {
      {RLIMIT_DATA, data, data},
      {RLIMIT_AS, space, space},
      // SIGXCPU at the soft limit can be caught; SIGKILL a second later cannot.
      {RLIMIT_CPU, cpu, cpu + 1},
      {RLIMIT_FSIZE, limits.file_size, limits.file_size},
      // Counted per user namespace, so a worker's own processes and no others (Linux 5.14).
      {RLIMIT_NPROC, limits.processes, limits.processes},
      {RLIMIT_NOFILE, limits.open_files, limits.open_files},
      {RLIMIT_CORE, 0, 0},
      {RLIMIT_MEMLOCK, 64 << 10, 64 << 10},
      {RLIMIT_MSGQUEUE, 0, 0},
      {RLIMIT_SIGPENDING, 1024, 1024},
      {RLIMIT_NICE, 0, 0},
      {RLIMIT_RTPRIO, 0, 0},
  };
  for (const Entry& entry : entries) {
    const rlimit value{entry.soft, entry.hard};
    if (::setrlimit(entry.resource, &value) != 0) return os_failure("set a resource limit");
  }
  return {};
}

}  // namespace executor
