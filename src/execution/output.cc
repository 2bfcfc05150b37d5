#include "execution/output.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace executor {

void Output::read(std::size_t most) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): read only where it was written
  std::array<char, 16384> part;
  while (most > 0 && !too_much()) {
    const ssize_t size = ::read(fd, part.data(), std::min(most, part.size()));
    if (size <= 0) {
      closed = size == 0;
      return;
    }
    append({part.data(), static_cast<std::size_t>(size)});
    most -= static_cast<std::size_t>(size);
  }
}

void Output::read_pending() {
  int pending = 0;
  if (::ioctl(fd, FIONREAD, &pending) == 0) read(static_cast<std::size_t>(pending));
}

}  // namespace executor
