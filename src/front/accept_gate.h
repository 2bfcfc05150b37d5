// Where all threads of the FastCGI server accept connections.
#pragma once

#include <poll.h>
#include <sys/eventfd.h>

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

#include "base/deadline.h"
#include "base/fd.h"
#include "front/drain.h"
#include "front/stall_detector.h"

namespace executor {

// Where the threads wait for connections: one at a time, so that a connection wakes one and closing
// wakes all. Accepting could not be ended otherwise: shutdown(2) would end it for every process
// that has the socket, and libfcgi repeats what a signal has interrupted.
class AcceptGate {
 public:
  AcceptGate(UniqueFd listener, bool inherited, std::size_t max_undelivered)
      : listener_(std::move(listener)),
        closed_(::eventfd(0, EFD_CLOEXEC)),
        reserve_(::eventfd(0, EFD_CLOEXEC)),
        inherited_(inherited),
        drain_(max_undelivered) {}

  [[nodiscard]] int listener() const { return listener_.get(); }
  [[nodiscard]] Drain& drain() { return drain_; }
  [[nodiscard]] bool inherited() const { return inherited_; }
  [[nodiscard]] bool usable() const { return closed_ && reserve_; }

  // Waits for a connection; false when closed. Match each successful acquire() with a release().
  // Another thread or process may win the race to accept the connection.
  bool acquire() {
    const std::lock_guard turn(turn_);
    if (!connection_pending(-1)) return false;
    const std::lock_guard lock(mutex_);
    ++inside_;
    return true;
  }
  void release(bool served) {
    const std::lock_guard lock(mutex_);
    if (served) ++served_;
    if (!reserve_) reserve_.reset(::eventfd(0, EFD_CLOEXEC));
    if (--inside_ == 0) empty_.notify_all();
  }
  // One descriptor is kept in reserve, so that when there are no others one thread at a time can
  // still accept a connection, to refuse it. False while another thread has it. release() ends
  // that.
  bool release_reserve_fd() {
    const std::lock_guard lock(mutex_);
    const bool had = static_cast<bool>(reserve_);
    reserve_.reset();
    return had;
  }
  [[nodiscard]] Progress progress() {
    const bool pending = connection_pending(0);
    const std::lock_guard lock(mutex_);
    return {pending, served_};
  }
  void close() const { (void)::eventfd_write(closed_.get(), 1); }
  void await_empty(Deadline deadline) {
    { const std::lock_guard turn(turn_); }  // a thread that was entering has entered
    std::unique_lock lock(mutex_);
    empty_.wait_until(lock, deadline.moment(), [this] { return inside_ == 0; });
  }

 private:
  // Waits for a connection; -1: without a limit. False when there is none, or closed.
  [[nodiscard]] bool connection_pending(int milliseconds) const {
    std::array<pollfd, 2> events{pollfd{closed_.get(), POLLIN, 0},
                                 pollfd{listener_.get(), POLLIN, 0}};
    while (::poll(events.data(), events.size(), milliseconds) < 0) {
    }
    return events[0].revents == 0 && events[1].revents != 0;
  }

  UniqueFd listener_;
  UniqueFd closed_;
  UniqueFd reserve_;
  bool inherited_;
  std::mutex turn_;
  std::mutex mutex_;
  std::condition_variable empty_;
  std::size_t inside_ = 0;
  std::uint64_t served_ = 0;
  Drain drain_;
};

}  // namespace executor
