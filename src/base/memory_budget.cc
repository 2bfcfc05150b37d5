#include "base/memory_budget.h"

#include <sys/eventfd.h>

#include "base/waiting.h"

namespace executor {

HeldMemory& HeldMemory::operator=(HeldMemory&& other) noexcept {
  if (this == &other) return *this;
  release();
  budget_ = std::exchange(other.budget_, nullptr);
  bytes_ = std::exchange(other.bytes_, 0);
  of_body_ = other.of_body_;
  return *this;
}

bool HeldMemory::resize(std::size_t bytes) {
  if (budget_ != nullptr && !budget_->change(bytes_, bytes, of_body_)) return false;
  bytes_ = bytes;
  return true;
}

void HeldMemory::release() {
  if (budget_ == nullptr) return;
  (void)resize(0);
  if (of_body_) budget_->forget_request();
  budget_ = nullptr;
}

// With the mutex held, as the next ones.
bool MemoryBudget::fits_body(std::size_t bytes) const {
  return held_bodies_ + bytes <= for_bodies() && held_ + bytes <= bytes_ / 4 * 3;
}

void MemoryBudget::admit_waiting() {
  while (!queue_.empty() && fits_body(queue_.front()->bytes)) {
    Waiter& first = *queue_.front();
    queue_.pop_front();
    held_ += first.bytes;
    held_bodies_ += first.bytes;
    ++inside_;
    first.admitted = true;
    ::eventfd_write(first.wake.get(), 1);
  }
}

bool MemoryBudget::change(std::size_t before, std::size_t after, bool of_body) {
  const std::lock_guard lock(mutex_);
  if (after > before && held_ - before + after > bytes_ / 4 * 3) return false;
  held_ = held_ - before + after;
  if (of_body) held_bodies_ = held_bodies_ - before + after;
  if (after < before) admit_waiting();
  return true;
}

void MemoryBudget::forget_request() {
  const std::lock_guard lock(mutex_);
  --inside_;
}

void MemoryBudget::admit(std::size_t requests) {
  const std::lock_guard lock(mutex_);
  requests_ = requests;
}

MemoryBudget::Load MemoryBudget::load() const {
  const std::lock_guard lock(mutex_);
  return {held_, queue_.size()};
}

MemoryBudget::Entry MemoryBudget::await(std::size_t bytes, Deadline deadline, int client_fd) {
  Waiter self{bytes, {}};
  {
    const std::lock_guard lock(mutex_);
    if (inside_ + queue_.size() >= requests_ || bytes > for_bodies()) return {};
    if (queue_.empty() && fits_body(bytes)) {
      held_ += bytes;
      held_bodies_ += bytes;
      ++inside_;
      return {AdmissionResult::kHeld, {this, bytes, true}};
    }
    self.wake.reset(::eventfd(0, EFD_CLOEXEC));
    if (!self.wake) return {};
    queue_.push_back(&self);
  }
  const Waited waited = wait_to_be_woken(self.wake.get(), deadline, client_fd, false);
  const std::lock_guard lock(mutex_);
  if (self.admitted) return {AdmissionResult::kHeld, {this, bytes, true}};
  queue_.remove(&self);
  admit_waiting();  // those after it may need less
  return {waited == Waited::kClientGone ? AdmissionResult::kClientGone
                                        : AdmissionResult::kWaitedTooLong,
          {}};
}

}  // namespace executor
