// Who may run: at most so many at once, and a bounded queue in order of arrival.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <utility>

#include "base/deadline.h"
#include "base/fd.h"

namespace executor {

class Admission;

// The right to run one job; given back when it is destroyed.
class Slot {
 public:
  Slot() = default;
  explicit Slot(Admission* admission) : admission_(admission) {}
  Slot(Slot&& other) noexcept : admission_(std::exchange(other.admission_, nullptr)) {}
  Slot& operator=(Slot&& other) noexcept;
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  ~Slot() { release(); }

  explicit operator bool() const { return admission_ != nullptr; }
  void release();

 private:
  Admission* admission_ = nullptr;
};

class Admission {
 public:
  // `slots` jobs at once, at most `queue` more waiting.
  Admission(std::size_t slots, std::size_t queue) : slots_(slots), queue_limit_(queue) {}

  enum class Verdict : std::uint8_t { kAdmitted, kFull, kWaitedTooLong, kClientGone, kClosed };
  struct Entry {
    Verdict verdict = Verdict::kFull;
    Slot slot;  // when admitted
  };
  // Waits for a slot in order of arrival, until `deadline`, until the peer of the socket
  // `client_fd` goes away (-1: there is none), or until the admission is closed.
  Entry enter(Deadline deadline, int client_fd);

  // From now on so many. Whoever runs or waits already goes on, also where that is more.
  void resize(std::size_t slots, std::size_t queue);

  // Refuses everybody from now on, those who wait included. Running jobs are not touched.
  void close();

  // After close(): whether all slots were given back by the deadline.
  bool await_idle(Deadline deadline);

  // At this moment.
  struct Load {
    std::size_t slots = 0, running = 0, waiting = 0;
  };
  [[nodiscard]] Load load() const;

 private:
  friend class Slot;
  struct Waiter {
    UniqueFd wake;  // eventfd(2)
    Verdict verdict = Verdict::kWaitedTooLong;
    bool decided = false;
  };
  void decide(Waiter& waiter, Verdict verdict);
  void give_back();
  void admit_waiting();

  mutable std::mutex mutex_;
  std::condition_variable idle_;
  std::size_t slots_;
  std::size_t running_ = 0;
  std::size_t queue_limit_;
  std::list<Waiter*> queue_;
  bool closed_ = false;
};

}  // namespace executor
