#include "base/poll.h"

#include <cerrno>

namespace executor {

int poll_until(std::span<pollfd> events, Deadline deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline.left());
    const int ready = ::poll(events.data(), events.size(), static_cast<int>(left.count()));
    if (ready > 0 || (ready < 0 && errno != EINTR)) return ready;
    if (ready == 0 && deadline.passed()) return 0;
  }
}

bool readable_by(int fd, Deadline deadline) {
  pollfd event{fd, POLLIN, 0};
  return poll_until({&event, 1}, deadline) > 0;
}

}  // namespace executor
