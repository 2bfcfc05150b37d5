#include "base/base64.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace executor {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNoDigit = 0xFF;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  for (std::uint8_t& value : values) value = kNoDigit;
  for (std::size_t i = 0; i < kDigits.size(); ++i) {
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr std::array<std::uint8_t, 256> kValues = make_values();

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

}  // namespace

void append_base64(std::string& text, std::string_view bytes) {
  const auto put = [&text](std::uint32_t group, unsigned digits) {
    for (unsigned shift = 18; digits > 0; shift -= 6, --digits) {
      text += kDigits[(group >> shift) & 0x3FU];
    }
  };
  std::size_t at = 0;
  for (; at + 3 <= bytes.size(); at += 3) {
    put(byte_at(bytes, at) << 16U | byte_at(bytes, at + 1) << 8U | byte_at(bytes, at + 2), 4);
  }
  if (bytes.size() - at == 2) {
    put(byte_at(bytes, at) << 16U | byte_at(bytes, at + 1) << 8U, 3);
    text += '=';
  } else if (bytes.size() - at == 1) {
    put(byte_at(bytes, at) << 16U, 2);
    text += "==";
  }
}

std::optional<std::string> from_base64(std::string_view lines) {
  std::string joined;
  const auto is_break = [](char c) { return c == '\n' || c == '\r'; };
  if (std::any_of(lines.begin(), lines.end(), is_break)) {
    std::remove_copy_if(lines.begin(), lines.end(), std::back_inserter(joined), is_break);
  }
  std::string_view text = joined.empty() ? lines : joined;
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && !text.empty() && text.back() == '=') {
    text.remove_suffix(1);
    ++padding;
  }
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char digit : text) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(digit)];
    if (value == kNoDigit) return std::nullopt;
    bits = bits << 6U | value;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count);
    bits &= (1U << count) - 1;
  }
  if (bits != 0) return std::nullopt;  // bits that no encoder sets
  return bytes;
}

}  // namespace executor
