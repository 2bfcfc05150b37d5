#include "runner/proc_file.h"

#include <charconv>
#include <cstdint>

#include "base/file_at.h"

namespace executor {

Result<std::uint64_t> read_proc_number(int proc, const char* path, std::string_view key) {
  auto text = read_at(proc, path);
  if (!text) return text.error();
  const std::string marker = "\n" + std::string(key) + ":";
  const std::size_t found = text->find(marker);
  const std::size_t digit = text->find_first_of("0123456789", found);
  std::uint64_t number = 0;
  if (found == std::string::npos || digit == std::string::npos ||
      std::from_chars(text->data() + digit, text->data() + text->size(), number).ec !=
          std::errc()) {
    return failure("read " + std::string(key) + " in " + path);
  }
  return number;
}

}  // namespace executor
