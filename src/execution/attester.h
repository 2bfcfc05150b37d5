// Proves the sandboxes of the pools that serve again and again, while the service runs: a mount
// that appeared, a sysctl that was changed, a kernel that was patched under us are noticed in
// minutes.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "execution/fleet.h"

namespace executor {

class Attester {
 public:
  // The fleet has settled, and outlives the object. How often is in the options that it serves
  // with.
  explicit Attester(const Fleet& fleet);
  ~Attester();
  Attester(const Attester&) = delete;
  Attester& operator=(const Attester&) = delete;

 private:
  void go_round();
  void attest_all() const;

  const Fleet& fleet_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace executor
