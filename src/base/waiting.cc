#include "base/waiting.h"

#include <poll.h>

#include <array>

#include "base/peer.h"
#include "base/poll.h"

namespace executor {

Waited wait_to_be_woken(int wake_fd, Deadline deadline, int client_fd, bool all_read) {
  constexpr short kEnd = POLLRDHUP;
  std::array<pollfd, 2> events = {pollfd{wake_fd, POLLIN, 0},
                                  pollfd{client_fd, all_read ? kPeerEvents : kEnd, 0}};
  for (;;) {
    const int ready = poll_until(events, deadline);
    if (ready == 0) return Waited::kTooLong;
    if (ready < 0) continue;
    if (events[0].revents != 0) return Waited::kWoken;
    if (events[1].revents == 0) continue;
    if (!all_read || peer_is_gone(client_fd)) return Waited::kClientGone;
    events[1].fd = -1;  // it has said something that is of no interest
  }
}

}  // namespace executor
