// One pool of real workers for all cases of a suite, and runs on it.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "support/sandbox.h"
#include "wire/job.h"

namespace executor::test {

// The pool that the cases of a suite share: it lives as long as its fixture, which is the suite's.
inline std::unique_ptr<TestPool> shared_pool;

struct SharedPool {
  SharedPool() { shared_pool = std::make_unique<TestPool>(pool_options(3)); }
  SharedPool(const SharedPool&) = delete;
  SharedPool& operator=(const SharedPool&) = delete;
  ~SharedPool() { shared_pool.reset(); }
};

inline TestPool& pool() {
  return *shared_pool;
}

inline Outcome function(const std::string& source, std::chrono::milliseconds timeout = kHang,
                        const RunLimits& limits = {}) {
  return pool().run(Dialect::kFunction, source, timeout, limits).outcome;
}

inline Outcome program(const std::string& source, std::chrono::milliseconds timeout = kHang) {
  return pool().run(Dialect::kProgram, source, timeout).outcome;
}

}  // namespace executor::test
