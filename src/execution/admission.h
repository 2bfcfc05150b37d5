// Who may run: at most so many at once, and a bounded queue, in which clients take turns.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

#include "base/deadline.h"
#include "base/fd.h"
#include "execution/turns.h"

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

  enum class AdmissionResult : std::uint8_t {
    kAdmitted,
    kFull,
    kWaitedTooLong,
    kClientGone,
    kClosed
  };
  struct Entry {
    AdmissionResult result = AdmissionResult::kFull;
    Slot slot;  // when admitted
  };
  // Waits for a slot, until `deadline`, until the peer of the socket `client_fd` goes away (-1:
  // there is none), or until the admission is closed. Waiters are admitted in rotation, one for
  // each key, and in order of arrival within a key. In a full queue the latest of a key with many
  // makes room for one with fewer. While `may_run` says no, it waits without keeping others from a
  // slot; empty: it always may. It is called with a lock held, and must not call the admission.
  using MayRun = std::function<bool()>;
  Entry enter(Deadline deadline, int client_fd, const std::string& key = {}, MayRun may_run = {}) {
    return enter(deadline, client_fd, key, false, std::move(may_run));
  }
  // For a caller that was admitted before and wants another slot: never refused for a full queue.
  Entry enter_again(Deadline deadline, int client_fd, const std::string& key, MayRun may_run = {}) {
    return enter(deadline, client_fd, key, true, std::move(may_run));
  }
  // Call when what `may_run` of a waiting job says may have changed.
  void reconsider();

  // Changes both limits. Jobs that already run or wait keep their place, even above the new limits.
  void resize(std::size_t slots, std::size_t queue);

  // Refuses all jobs from now on, including those that wait. Running jobs are not affected.
  void close();
  [[nodiscard]] bool is_closed() const;

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
    AdmissionResult result = AdmissionResult::kWaitedTooLong;
    bool decided = false;
    bool again = false;
    MayRun may_run{};

    [[nodiscard]] bool may() const { return !may_run || may_run(); }
  };
  Entry enter(Deadline deadline, int client_fd, const std::string& key, bool again, MayRun may_run);
  [[nodiscard]] bool make_room(const std::string& key);
  void decide(Waiter& waiter, AdmissionResult result);
  void give_back();
  void admit_waiting();

  mutable std::mutex mutex_;
  std::condition_variable idle_;
  std::size_t slots_;
  std::size_t running_ = 0;
  std::size_t queue_limit_;
  Turns<Waiter> queue_;
  bool closed_ = false;
};

}  // namespace executor
