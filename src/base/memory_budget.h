// How much memory all requests hold together: their bodies, what was made from them, and their
// answers. Counts what its users report and allocates nothing.
//
// Bodies may have half of the budget and wait for their share before any of them is read. Answers
// may have what is left up to three quarters, and do not wait: a request that holds memory and
// waits for more would block others. The last quarter is for answers that slow readers have not
// taken yet (front/drain.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <utility>

#include "base/deadline.h"
#include "base/fd.h"

namespace executor {

class MemoryBudget;

// Memory that is counted, until this is destroyed.
class HeldMemory {
 public:
  HeldMemory() = default;
  HeldMemory(HeldMemory&& other) noexcept
      : budget_(std::exchange(other.budget_, nullptr)),
        bytes_(std::exchange(other.bytes_, 0)),
        of_body_(other.of_body_) {}
  HeldMemory& operator=(HeldMemory&& other) noexcept;
  HeldMemory(const HeldMemory&) = delete;
  HeldMemory& operator=(const HeldMemory&) = delete;
  ~HeldMemory() { release(); }

  // Holds `bytes` bytes from now on; an increase counts as part of an answer. False, and nothing
  // changes, when the budget has no room for that.
  [[nodiscard]] bool resize(std::size_t bytes);
  void release();

 private:
  friend class MemoryBudget;
  HeldMemory(MemoryBudget* budget, std::size_t bytes, bool of_body)
      : budget_(budget), bytes_(bytes), of_body_(of_body) {}

  MemoryBudget* budget_ = nullptr;  // null: nothing is counted
  std::size_t bytes_ = 0;
  bool of_body_ = false;
};

class MemoryBudget {
 public:
  // `bytes` for everything; at most `requests` have or await memory for a body at once.
  MemoryBudget(std::size_t bytes, std::size_t requests) : bytes_(bytes), requests_(requests) {}

  enum class AdmissionResult : std::uint8_t { kHeld, kFull, kWaitedTooLong, kClientGone };
  struct Entry {
    AdmissionResult result = AdmissionResult::kFull;
    HeldMemory memory{};  // when held
  };
  // Waits, in order of arrival, until there is room for `bytes` of a body, until the deadline, or
  // until the peer of `client_fd` has closed it; reads none of its bytes. kFull at once when the
  // most requests have or await memory, or when `bytes` can never fit.
  Entry await(std::size_t bytes, Deadline deadline, int client_fd);

  // The memory of an answer, empty so far.
  HeldMemory answer() { return {this, 0, false}; }

  // Changes the number of requests.
  void admit(std::size_t requests);

  // At this moment.
  struct Load {
    std::size_t held = 0, waiting = 0;
  };
  [[nodiscard]] Load load() const;

  [[nodiscard]] std::size_t for_bodies() const { return bytes_ / 2; }

 private:
  friend class HeldMemory;
  struct Waiter {
    std::size_t bytes;
    UniqueFd wake;  // eventfd(2)
    bool admitted = false;
  };
  [[nodiscard]] bool fits_body(std::size_t bytes) const;
  bool change(std::size_t before, std::size_t after, bool of_body);
  void forget_request();
  void admit_waiting();

  mutable std::mutex mutex_;
  const std::size_t bytes_;
  std::size_t requests_;
  std::size_t held_ = 0;         // of bodies and answers
  std::size_t held_bodies_ = 0;  // of bodies
  std::size_t inside_ = 0;       // requests that have memory for a body
  std::list<Waiter*> queue_;
};

}  // namespace executor
