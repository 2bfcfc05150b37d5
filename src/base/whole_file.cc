#include "base/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/fd.h"

namespace executor {

Result<std::string> read_whole_file(const std::string& path, const std::string& kind) {
  const std::string step = "read " + (kind.empty() ? "" : kind + " ") + path;
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return os_failure(step);
  std::string text;
  std::array<char, 16384> part{};
  for (;;) {
    const ssize_t size = ::read(file.get(), part.data(), part.size());
    if (size == 0) return text;
    if (size > 0) {
      text.append(part.data(), static_cast<std::size_t>(size));
    } else if (errno != EINTR) {
      return os_failure(step);
    }
  }
}

}  // namespace executor
