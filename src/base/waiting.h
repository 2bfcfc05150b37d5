// Waiting for admission, while the client may leave.
#pragma once

#include <cstdint>

#include "base/deadline.h"

namespace executor {

enum class Waited : std::uint8_t { kWoken, kTooLong, kClientGone };

// Waits until `wake_fd`, an eventfd(2), can be read, until the deadline, or until the peer of the
// socket `client_fd` (-1: no client) has closed it, from which nothing is read. `all_read`: whether
// the whole request has been read, so that further bytes mean nothing; otherwise they are the rest
// of it.
Waited wait_to_be_woken(int wake_fd, Deadline deadline, int client_fd, bool all_read);

}  // namespace executor
