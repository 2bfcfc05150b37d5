#include "execution/admission.h"

#include <sys/eventfd.h>

#include "base/waiting.h"

namespace executor {

Slot& Slot::operator=(Slot&& other) noexcept {
  release();
  admission_ = std::exchange(other.admission_, nullptr);
  return *this;
}

void Slot::release() {
  if (admission_ != nullptr) std::exchange(admission_, nullptr)->give_back();
}

// With the mutex held, as the next ones: the waiter has left the queue with its result and is
// woken.
void Admission::decide(Waiter& waiter, AdmissionResult result) {
  waiter.result = result;
  waiter.decided = true;
  ::eventfd_write(waiter.wake.get(), 1);
}

void Admission::give_back() {
  const std::lock_guard lock(mutex_);
  --running_;
  admit_waiting();
  if (running_ == 0) idle_.notify_all();
}

void Admission::admit_waiting() {
  while (running_ < slots_) {
    Waiter* const next = queue_.next([](const Waiter* waiter) { return waiter->may(); });
    if (next == nullptr) return;
    ++running_;
    decide(*next, AdmissionResult::kAdmitted);
  }
}

void Admission::reconsider() {
  const std::lock_guard lock(mutex_);
  admit_waiting();
}

void Admission::resize(std::size_t slots, std::size_t queue) {
  const std::lock_guard lock(mutex_);
  slots_ = slots;
  queue_limit_ = queue;
  admit_waiting();
}

bool Admission::await_idle(Deadline deadline) {
  std::unique_lock lock(mutex_);
  return idle_.wait_until(lock, deadline.moment(), [this] { return running_ == 0; });
}

void Admission::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  while (!queue_.empty()) decide(*queue_.next(), AdmissionResult::kClosed);
}

bool Admission::is_closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

Admission::Load Admission::load() const {
  const std::lock_guard lock(mutex_);
  return {slots_, running_, queue_.size()};
}

bool Admission::make_room(const std::string& key) {
  if (queue_.size() < queue_limit_) return true;
  Waiter* const last =
      queue_.displaced_by(key, [](const Waiter* waiter) { return !waiter->again; });
  if (last == nullptr) return false;
  queue_.remove(last);
  decide(*last, AdmissionResult::kFull);
  return true;
}

Admission::Entry Admission::enter(Deadline deadline, int client_fd, const std::string& key,
                                  bool again, MayRun may_run) {
  Waiter self;
  self.again = again;
  self.may_run = std::move(may_run);
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return {AdmissionResult::kClosed, {}};
    if (running_ < slots_ && self.may()) {
      ++running_;
      return {AdmissionResult::kAdmitted, Slot(this)};
    }
    self.wake.reset(::eventfd(0, EFD_CLOEXEC));
    if (!self.wake || (!again && !make_room(key))) return {AdmissionResult::kFull, {}};
    queue_.add(key, &self);
  }
  const Waited waited = wait_to_be_woken(self.wake.get(), deadline, client_fd, true);
  const std::lock_guard lock(mutex_);
  if (!self.decided) {
    queue_.remove(&self);
    return {waited == Waited::kClientGone ? AdmissionResult::kClientGone
                                          : AdmissionResult::kWaitedTooLong,
            {}};
  }
  return {self.result, self.result == AdmissionResult::kAdmitted ? Slot(this) : Slot()};
}

}  // namespace executor
