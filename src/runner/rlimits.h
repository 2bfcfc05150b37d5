// Resource limits of one worker (setrlimit(2)): per process, inherited, and never raised again.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "wire/control.h"

namespace executor {

// What the preloaded interpreter maps before any job, in bytes: limits on memory are on top of it.
struct MemoryBaseline {
  std::uint64_t address_space = 0;  // VmSize
  std::uint64_t data = 0;           // VmData
};

// Reads the calling process's own. `proc` is an O_PATH descriptor of /proc.
Result<MemoryBaseline> memory_baseline(int proc);

// Sets every limit, hard and soft alike. Allocates only on failure.
Result<void> set_rlimits(const SandboxLimits& limits, const MemoryBaseline& baseline);

// Sets those that a request may lower again, in the sealed worker.
Result<void> lower_rlimits(const SandboxLimits& limits, const MemoryBaseline& baseline);

}  // namespace executor
