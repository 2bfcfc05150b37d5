// Bytes as base64 (RFC 4648, with padding, without line breaks).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace executor {

// The length of `bytes` bytes in base64.
constexpr std::size_t base64_size(std::size_t bytes) {
  return (bytes + 2) / 3 * 4;
}

// Appends `bytes` in base64 to `text`.
void append_base64(std::string& text, std::string_view bytes);

// The bytes that `lines` stand for; nothing when it is not base64: padding is required, blanks are
// refused. Line breaks, which base64(1) and Python's encodebytes() write, are skipped.
std::optional<std::string> from_base64(std::string_view lines);

}  // namespace executor
