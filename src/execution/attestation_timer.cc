#include "execution/attestation_timer.h"

#include <chrono>

namespace executor {
namespace {

// For a worker to become ready when all are busy.
constexpr auto kPatience = std::chrono::seconds(10);
// How often a service that is not to attest looks whether a new configuration wants it to.
constexpr auto kLookAgain = std::chrono::seconds(60);

}  // namespace

AttestationTimer::AttestationTimer(const PoolSet& pools)
    : pools_(pools), thread_(&AttestationTimer::run, this) {}

AttestationTimer::~AttestationTimer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void AttestationTimer::attest_all() const {
  const auto generation = pools_.current();
  for (const auto& member : generation->members) member.pool->attest(Deadline::after(kPatience));
}

void AttestationTimer::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto span = std::chrono::duration_cast<Clock::duration>(pools_.current()->options.attest);
    const bool wanted = span > Clock::duration::zero();
    if (changed_.wait_for(lock, wanted ? span : kLookAgain, [this] { return stopping_; })) return;
    if (!wanted) continue;
    lock.unlock();
    attest_all();
    lock.lock();
  }
}

}  // namespace executor
