#include "runner/proc_file.h"

#include <fcntl.h>

#include <charconv>
#include <cstdint>

#include "base/fd.h"

namespace executor {

Result<void> write_proc(int proc, const char* path, std::string_view text) {
  const UniqueFd file(::openat(proc, path, O_WRONLY | O_CLOEXEC));
  if (!file) return os_failure(std::string("open /proc/") + path);
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return os_failure(std::string("write /proc/") + path);
  }
  return {};
}

Result<std::string> read_proc(int proc, const char* path) {
  constexpr std::size_t kMost = 64 * 1024;
  const UniqueFd file(::openat(proc, path, O_RDONLY | O_CLOEXEC));
  if (!file) return os_failure(std::string("open /proc/") + path);
  std::string text;
  char part[4096];
  ssize_t size = 0;
  while (text.size() < kMost && (size = ::read(file.get(), part, sizeof part)) > 0) {
    text.append(part, static_cast<std::size_t>(size));
  }
  if (size < 0) return os_failure(std::string("read /proc/") + path);
  return text;
}

Result<std::uint64_t> read_proc_number(int proc, const char* path, std::string_view key) {
  auto text = read_proc(proc, path);
  if (!text) return text.error();
  const std::string marker = "\n" + std::string(key) + ":";
  const std::size_t found = text->find(marker);
  const std::size_t digit = text->find_first_of("0123456789", found);
  std::uint64_t number = 0;
  if (found == std::string::npos || digit == std::string::npos ||
      std::from_chars(text->data() + digit, text->data() + text->size(), number).ec !=
          std::errc()) {
    return failure("read " + std::string(key) + " in /proc/" + path);
  }
  return number;
}

}  // namespace executor
