#include "execution/lease.h"

#include "execution/lending.h"

namespace executor {
namespace {

constexpr auto kTeardownLimit = std::chrono::seconds(5);

}  // namespace

Lease& Lease::operator=(Lease&& other) noexcept {
  finish();
  lending_ = std::exchange(other.lending_, nullptr);
  worker_ = std::move(other.worker_);
  await_end_ = other.await_end_;
  on_exit_ = std::exchange(other.on_exit_, nullptr);
  return *this;
}

std::optional<Exit> Lease::await_exit(Deadline deadline) const {
  return lending_->await_exit(worker_.id, deadline);
}

void Lease::finish() {
  if (lending_ == nullptr) return;
  kill_worker(worker_);
  if (await_end_) await_gone(worker_, Deadline::after(kTeardownLimit));
  std::exchange(lending_, nullptr)->end_loan(worker_.id, std::exchange(on_exit_, nullptr));
  worker_ = Worker();
}

}  // namespace executor
