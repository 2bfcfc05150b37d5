// What a run's limits are to the kernel (setrlimit(2)): set by the worker, and compared by the
// proof with what the canary finds.
#pragma once

#include <sys/resource.h>

#include <array>
#include <cstdint>

#include "wire/control.h"

namespace executor {

struct ProcessLimit {
  __rlimit_resource resource;
  const char* name;  // as the canary tells it: "limit.nofile"
  std::uint64_t soft, hard;
};

// Those that depend on the settings alone. The two on memory come on top of what the interpreter
// maps: RLIMIT_DATA on its data, RLIMIT_AS on its address space.
constexpr std::array<ProcessLimit, 10> process_limits(const SandboxLimits& limits) {
  const std::uint64_t cpu = limits.cpu_seconds;
  return {{
      // SIGXCPU at the soft limit can be caught; SIGKILL a second later cannot.
      {RLIMIT_CPU, "limit.cpu", cpu, cpu + 1},
      {RLIMIT_FSIZE, "limit.fsize", limits.file_size, limits.file_size},
      // Counted per user namespace, so a worker's own processes and no others (Linux 5.14).
      {RLIMIT_NPROC, "limit.nproc", limits.processes, limits.processes},
      {RLIMIT_NOFILE, "limit.nofile", limits.open_files, limits.open_files},
      {RLIMIT_CORE, "limit.core", 0, 0},
      {RLIMIT_MEMLOCK, "limit.memlock", 64 << 10, 64 << 10},
      {RLIMIT_MSGQUEUE, "limit.msgqueue", 0, 0},
      {RLIMIT_SIGPENDING, "limit.sigpending", 1024, 1024},
      {RLIMIT_NICE, "limit.nice", 0, 0},
      {RLIMIT_RTPRIO, "limit.rtprio", 0, 0},
  }};
}

// Mapped files, thread stacks' guard areas and the like, which use address space but no memory.
inline constexpr std::uint64_t kAddressSlack = 256ULL << 20;

}  // namespace executor
