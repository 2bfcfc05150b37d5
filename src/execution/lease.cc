#include "execution/lease.h"

#include "execution/pool.h"

namespace executor {
namespace {

constexpr auto kTeardownLimit = std::chrono::seconds(5);

}  // namespace

Lease& Lease::operator=(Lease&& other) noexcept {
  finish();
  pool_ = std::exchange(other.pool_, nullptr);
  worker_ = std::move(other.worker_);
  await_end_ = other.await_end_;
  on_exit_ = std::exchange(other.on_exit_, nullptr);
  return *this;
}

std::optional<Exit> Lease::await_exit(Deadline deadline) const {
  return pool_->await_exit(worker_.id, deadline);
}

void Lease::finish() {
  if (pool_ == nullptr) return;
  kill_worker(worker_);
  if (await_end_) await_gone(worker_, Deadline::after(kTeardownLimit));
  std::exchange(pool_, nullptr)->end_loan(worker_.id, std::exchange(on_exit_, nullptr));
  worker_ = Worker();
}

}  // namespace executor
