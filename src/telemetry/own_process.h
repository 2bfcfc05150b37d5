// The resources that this process uses, as the kernel counts them.
#pragma once

#include <cstdint>

namespace executor {

struct OwnProcess {
  std::uint64_t descriptors = 0;  // open
  std::uint64_t descriptor_limit = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t threads = 0;
  double cpu_seconds = 0;  // user and system
  double start_time = 0;   // seconds since the epoch
};

// What cannot be read, for example because no descriptor is left, is 0.
OwnProcess measure_own_process();

}  // namespace executor
