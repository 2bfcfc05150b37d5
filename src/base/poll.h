// Waiting for descriptors until a moment.
#pragma once

#include <poll.h>

#include <span>

#include "base/deadline.h"

namespace executor {

// poll(2), repeated when a signal interrupts it. The number of descriptors that are ready, 0 when
// none is by the deadline, or -1 with errno. Never returns 0 before the deadline.
int poll_until(std::span<pollfd> events, Deadline deadline);

// Whether `fd` can be read, or has ended, by the deadline.
bool readable_by(int fd, Deadline deadline);

}  // namespace executor
