// The way of a job to its worker, and the moment from which the script's time counts.
#pragma once

#include <algorithm>
#include <chrono>
#include <string_view>

#include "base/deadline.h"
#include "base/observed_start.h"
#include "contract/request.h"
#include "execution/worker_handle.h"
#include "wire/job.h"

namespace executor {

// A worker that does not take its job in time is given up; the shorter limit is for ready ones.
inline constexpr std::chrono::seconds kHandOverLimit{3};
inline constexpr std::chrono::seconds kReadyHandOverLimit{1};
// The most that a script can lose of its time because its worker took the job late.
inline constexpr std::chrono::milliseconds kAcceptInterval{20};

class Delivery {
 public:
  // Both outlive the object. `timeout` is the script's wall-clock time.
  Delivery(const Worker& worker, std::chrono::duration<double> timeout)
      : worker_(worker), timeout_(timeout) {}

  // Sends the whole job, with what this run has of its own (null: nothing). The worker has to take
  // it within `limit`. False when it is gone or, then is_stuck(), leaves it there.
  bool send(const Job& job, const JobInputs* own, const Nonce& nonce, Clock::duration limit);
  // Looks whether the worker has taken the job by now. False when it is out of time: is_stuck().
  bool check_accepted();

  [[nodiscard]] bool is_accepted() const { return accept_by_ == Clock::time_point::max(); }
  // It was stopped, or hangs.
  [[nodiscard]] bool is_stuck() const { return stuck_; }
  // When to look again whether it was taken; max once it is known to be.
  [[nodiscard]] Clock::time_point next_look() const {
    return is_accepted() ? accept_by_ : std::min(accept_by_, started_ + kAcceptInterval);
  }
  // Call at each look at the run. A pause of this process or of the machine between two looks,
  // which ended the script's time while it was not being watched, prolongs it.
  void at_look(Clock::time_point now) { deadline_ = deadline_from(observed_.at_look(now)); }

  // When the script's time began, and when it ends: final once the job is taken, but for pauses.
  [[nodiscard]] Clock::time_point started() const { return started_; }
  [[nodiscard]] Deadline deadline() const { return deadline_; }

 private:
  bool send_whole(std::string_view packet);
  void start_clock(Clock::time_point now);
  [[nodiscard]] Deadline deadline_from(Clock::time_point start) const;

  const Worker& worker_;
  std::chrono::duration<double> timeout_;
  Clock::time_point accept_by_;
  Clock::time_point started_;
  ObservedStart observed_;
  Deadline deadline_ = Deadline::at({});
  bool stuck_ = false;
};

}  // namespace executor
