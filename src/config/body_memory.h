// What all bodies and answers in the responder may hold together (base/memory_budget.h).
#pragma once

#include <cstdint>

#include "base/result.h"

namespace executor {

// The settings that decide it, in bytes.
struct BodyMemory {
  std::uint64_t set = 0;  // body-memory-mb; 0: as much as is needed, and no less than usual
  std::uint64_t body = 0, output = 0, result = 0;  // the most of each that one request has
};

// Refuses what is too little for one request, which would then never be served.
Result<void> check_body_memory(const BodyMemory& memory);
std::uint64_t bytes_of(const BodyMemory& memory);

}  // namespace executor
