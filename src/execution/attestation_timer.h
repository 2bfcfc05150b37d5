// Attests the sandboxes of the serving pools again at intervals while the service runs: a mount
// that appeared, a sysctl that was changed or a kernel that was patched live is noticed within
// minutes.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "execution/pool_set.h"

namespace executor {

class AttestationTimer {
 public:
  // The pools must have settled, and must outlive the object. The interval is in the options that
  // it serves with.
  explicit AttestationTimer(const PoolSet& pools);
  ~AttestationTimer();
  AttestationTimer(const AttestationTimer&) = delete;
  AttestationTimer& operator=(const AttestationTimer&) = delete;

 private:
  void run();
  void attest_all() const;

  const PoolSet& pools_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace executor
