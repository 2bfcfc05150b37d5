#include "execution/admission.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>

#include "base/peer.h"
#include "base/poll.h"

namespace executor {

Slot& Slot::operator=(Slot&& other) noexcept {
  release();
  admission_ = std::exchange(other.admission_, nullptr);
  return *this;
}

void Slot::release() {
  if (admission_ != nullptr) std::exchange(admission_, nullptr)->give_back();
}

// With the mutex held: the waiter leaves the queue with its verdict and is woken.
void Admission::decide(Waiter& waiter, Verdict verdict) {
  queue_.remove(&waiter);
  waiter.verdict = verdict;
  waiter.decided = true;
  ::eventfd_write(waiter.wake.get(), 1);
}

void Admission::give_back() {
  const std::lock_guard lock(mutex_);
  --running_;
  admit_waiting();
  if (running_ == 0) idle_.notify_all();
}

// With the mutex held: free slots go to those who have waited longest.
void Admission::admit_waiting() {
  while (running_ < slots_ && !queue_.empty()) {
    ++running_;
    decide(*queue_.front(), Verdict::kAdmitted);
  }
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
  while (!queue_.empty()) decide(*queue_.front(), Verdict::kClosed);
}

Admission::Load Admission::load() const {
  const std::lock_guard lock(mutex_);
  return {slots_, running_, queue_.size()};
}

Admission::Entry Admission::enter(Deadline deadline, int client_fd) {
  Waiter self;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return {Verdict::kClosed, {}};
    if (running_ < slots_) {
      ++running_;
      return {Verdict::kAdmitted, Slot(this)};
    }
    self.wake.reset(::eventfd(0, EFD_CLOEXEC));
    if (queue_.size() >= queue_limit_ || !self.wake) return {Verdict::kFull, {}};
    queue_.push_back(&self);
  }
  std::array<pollfd, 2> events = {pollfd{self.wake.get(), POLLIN, 0},
                                  pollfd{client_fd, kPeerEvents, 0}};
  Verdict own = Verdict::kWaitedTooLong;
  for (;;) {
    const int ready = poll_until(events, deadline);
    if (ready == 0 || (ready > 0 && events[0].revents != 0)) break;
    if (ready > 0 && events[1].revents != 0) {
      if (peer_is_gone(client_fd)) {
        own = Verdict::kClientGone;
        break;
      }
      events[1].fd = -1;  // it has said something that nobody reads
    }
  }
  const std::lock_guard lock(mutex_);
  if (!self.decided) {
    queue_.remove(&self);
    return {own, {}};
  }
  return {self.verdict, self.verdict == Verdict::kAdmitted ? Slot(this) : Slot()};
}

}  // namespace executor
