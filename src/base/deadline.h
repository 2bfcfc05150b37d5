// A deadline is a moment on the steady clock and travels as a value; a timeout is a span and exists
// only at the edges. Stepping the machine's clock moves neither.
#pragma once

#include <algorithm>
#include <chrono>

namespace executor {

using Clock = std::chrono::steady_clock;

class Deadline {
 public:
  static Deadline after(Clock::duration span) { return Deadline(Clock::now() + span); }
  static Deadline at(Clock::time_point moment) { return Deadline(moment); }
  static Deadline earlier(Deadline a, Deadline b) { return a.moment_ < b.moment_ ? a : b; }

  [[nodiscard]] bool passed() const { return Clock::now() >= moment_; }
  [[nodiscard]] Clock::time_point moment() const { return moment_; }
  // Time left, never negative.
  [[nodiscard]] Clock::duration left() const {
    return std::max(Clock::duration::zero(), moment_ - Clock::now());
  }

 private:
  explicit Deadline(Clock::time_point moment) : moment_(moment) {}
  Clock::time_point moment_;
};

// Seconds as a double, for logs, metrics and answers.
inline double seconds(Clock::duration span) {
  return std::chrono::duration<double>(span).count();
}
// Milliseconds as a double, for Server-Timing and logs.
inline double milliseconds(Clock::duration span) {
  return std::chrono::duration<double, std::milli>(span).count();
}

}  // namespace executor
