// Whether the other end of a stream socket is still there.
#pragma once

#include <poll.h>

namespace executor {

// The events to poll a client's connection for.
inline constexpr short kPeerEvents = POLLIN | POLLRDHUP;

// Whether the peer of `socket` has closed it, judged without taking any of its bytes.
bool peer_is_gone(int socket);

}  // namespace executor
