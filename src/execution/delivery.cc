#include "execution/delivery.h"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <array>
#include <cerrno>

#include "base/poll.h"
#include "wire/packet.h"

namespace executor {

bool Delivery::send(const Job& job, const JobInputs* own, const Nonce& nonce,
                    Clock::duration limit) {
  accept_by_ = Clock::now() + limit;
  static const JobInputs kNothing;
  return send_job(job, own != nullptr ? *own : kNothing, nonce,
                  [this](std::string_view packet) { return send_whole(packet); });
}

// The script may have begun, and ended, before this thread runs again after the last packet.
bool Delivery::send_whole(std::string_view packet) {
  for (;;) {
    start_clock(Clock::now());
    if (auto sent = send_packet(worker_.job.get(), packet))
      return true;
    else if (sent.error().error != EAGAIN)
      return false;
    std::array<pollfd, 2> events = {pollfd{worker_.job.get(), POLLOUT, 0},
                                    pollfd{event_fd(worker_), POLLIN, 0}};
    stuck_ = poll_until(events, Deadline::at(accept_by_)) == 0;
    if (stuck_ || events[1].revents != 0) return false;
  }
}

// A worker reads the whole job before it runs any of it. So while a part of the job is in the
// socket's queue, the script has not begun, and neither has its time. A worker that leaves it there
// is stopped, or hangs.
bool Delivery::check_accepted() {
  const auto now = Clock::now();  // before the look: the worker may take the job right after it
  int unread = 0;
  if (::ioctl(worker_.job.get(), SIOCOUTQ, &unread) != 0 || unread == 0) {
    accept_by_ = Clock::time_point::max();
  } else if (now >= accept_by_) {
    stuck_ = true;
  } else {
    start_clock(now);
  }
  return !stuck_;
}

void Delivery::start_clock(Clock::time_point now) {
  started_ = now;
  observed_ = ObservedStart(now);
  deadline_ = deadline_from(now);
}

Deadline Delivery::deadline_from(Clock::time_point start) const {
  return Deadline::at(start + std::chrono::duration_cast<Clock::duration>(timeout_));
}

}  // namespace executor
