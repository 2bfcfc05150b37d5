// A run's limits: what there is, in which order they travel, and which of them the kernel's
// resource limits (setrlimit(2)) enforce. Of those, the worker sets each row and the attestation
// compares it with what the canary finds. cgroup_limits() and mount_scratch() enforce others.
#pragma once

#include <sys/resource.h>

#include <array>
#include <cstdint>

namespace executor {

// What one run may use. Sizes in bytes, times in seconds of CPU.
struct SandboxLimits {
  std::uint64_t memory = 512ULL << 20;    // above what the preloaded interpreter maps
  std::uint64_t file_size = 32ULL << 20;  // of one file
  std::uint64_t scratch = 64ULL << 20;    // of home, /tmp and /dev/shm together
  std::uint64_t scratch_inodes = 4096;    // files, directories and links in them
  std::uint64_t result = 8ULL << 20;      // of main()'s result as JSON
  std::uint32_t cpu_seconds = 60;         // of one process
  std::uint32_t processes = 64;           // and threads, the script's first one included
  std::uint32_t open_files = 256;         // of one process
};

// Calls `each(member)` for every limit, in the order on the wire.
template <typename Limits, typename Each>
void visit_members(Limits& limits, const Each& each) {
  // Does not compile without one of them.
  auto& [memory, file_size, scratch, inodes, result, cpu, processes, files] = limits;
  const auto visit = [&each](auto&... member) { (each(member), ...); };
  visit(memory, file_size, scratch, inodes, result, cpu, processes, files);
}

struct ProcessLimit {
  __rlimit_resource resource;
  const char* name;  // as the canary reports it: "limit.nofile"
  std::uint64_t soft, hard;
};

// At 0 a crash starts the machine's handler of core dumps where core_pattern is a pipe (core(5)),
// as root and outside of every limit of the run; at 1 byte it does not. 0 where the service's own
// hard limit is 0, which cannot be raised.
inline std::uint64_t core_limit() {
  rlimit own{};
  return ::getrlimit(RLIMIT_CORE, &own) == 0 && own.rlim_max == 0 ? 0 : 1;
}

// The limits that depend on the settings alone, except that of core dumps. The two memory limits
// are on top of what the interpreter maps: RLIMIT_DATA of its data, RLIMIT_AS of its address space.
inline std::array<ProcessLimit, 10> process_limits(const SandboxLimits& limits) {
  const std::uint64_t cpu = limits.cpu_seconds;
  const std::uint64_t core = core_limit();
  return {{
      // SIGXCPU at the soft limit can be caught; SIGKILL a second later cannot.
      {RLIMIT_CPU, "limit.cpu", cpu, cpu + 1},
      {RLIMIT_FSIZE, "limit.fsize", limits.file_size, limits.file_size},
      // Counted per user namespace, so a worker's own processes and no others (Linux 5.14).
      {RLIMIT_NPROC, "limit.nproc", limits.processes, limits.processes},
      {RLIMIT_NOFILE, "limit.nofile", limits.open_files, limits.open_files},
      {RLIMIT_CORE, "limit.core", core, core},
      {RLIMIT_MEMLOCK, "limit.memlock", 64 << 10, 64 << 10},
      {RLIMIT_MSGQUEUE, "limit.msgqueue", 0, 0},
      {RLIMIT_SIGPENDING, "limit.sigpending", 1024, 1024},
      {RLIMIT_NICE, "limit.nice", 0, 0},
      {RLIMIT_RTPRIO, "limit.rtprio", 0, 0},
  }};
}

// For mapped files, guard areas of thread stacks and the like: address space but no memory.
inline constexpr std::uint64_t kAddressSlack = 256ULL << 20;

}  // namespace executor
