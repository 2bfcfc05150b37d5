#include "base/file_at.h"

#include <fcntl.h>

#include "base/fd.h"

namespace executor {

Result<std::string> read_at(int directory, const char* path) {
  constexpr std::size_t kMost = 64 * 1024;
  const UniqueFd file(::openat(directory, path, O_RDONLY | O_CLOEXEC));
  if (!file) return os_failure(std::string("open ") + path);
  std::string text;
  char part[4096];
  ssize_t size = 0;
  while (text.size() < kMost && (size = ::read(file.get(), part, sizeof part)) > 0) {
    text.append(part, static_cast<std::size_t>(size));
  }
  if (size < 0) return os_failure(std::string("read ") + path);
  return text;
}

Result<void> write_at(int directory, const char* path, std::string_view text) {
  const UniqueFd file(::openat(directory, path, O_WRONLY | O_CLOEXEC));
  if (!file) return os_failure(std::string("open ") + path);
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return os_failure(std::string("write \"") + std::string(text) + "\" to " + path);
  }
  return {};
}

}  // namespace executor
