#include "contract/decimal.h"

#include <array>
#include <charconv>
#include <limits>

namespace executor {

std::string decimal(double value, int digits) {
  // The largest double has 309 digits before the point; the rest is for sign, point and fraction.
  std::array<char, std::numeric_limits<double>::max_exponent10 + 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                          std::chars_format::fixed, digits);
  std::string text(buffer.data(), error == std::errc{} ? end : buffer.data());
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string megabytes(std::uint64_t bytes) {
  constexpr double kBytesPerMegabyte = 1048576;
  return decimal(static_cast<double>(bytes) / kBytesPerMegabyte, 4) + " MB";
}

}  // namespace executor
