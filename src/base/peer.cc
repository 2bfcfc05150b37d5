#include "base/peer.h"

#include <sys/socket.h>

#include <cerrno>

namespace executor {

bool peer_is_gone(int socket) {
  char byte = 0;
  const ssize_t size = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR);
}

}  // namespace executor
