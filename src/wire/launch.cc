#include "wire/launch.h"

#include "wire/codec.h"

namespace executor {
namespace {

constexpr std::string_view kStart = "start";
constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

std::string encode_launch(std::uint64_t digest) {
  Encoder number;
  number.put(digest);
  return std::string(kStart) + number.bytes();
}

std::optional<std::uint64_t> decode_launch(std::string_view bytes) {
  if (!bytes.starts_with(kStart)) return std::nullopt;
  Decoder number(bytes.substr(kStart.size()));
  const auto digest = number.get<std::uint64_t>();
  return number.complete() ? std::optional(digest) : std::nullopt;
}

std::string to_hex(std::string_view bytes) {
  std::string digits;
  digits.reserve(2 * bytes.size());
  for (const char byte : bytes) {
    const auto value = static_cast<std::uint8_t>(byte);
    digits += kDigits[value >> 4U];
    digits += kDigits[value & 15U];
  }
  return digits;
}

std::optional<std::string> from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(digits.size() / 2);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const auto high = kDigits.find(digits[i]);
    const auto low = kDigits.find(digits[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    bytes += static_cast<char>(high << 4U | low);
  }
  return bytes;
}

}  // namespace executor
