#include "fuzz/reference.h"

#include <algorithm>
#include <array>
#include <optional>

namespace executor::reference {
namespace {

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

bool is_one_of(char c, std::string_view characters) {
  return characters.find(c) != std::string_view::npos;
}

// How long the character is that begins with this byte, 0 for a byte that begins none.
std::size_t announced_length(std::uint32_t first) {
  if (first < 0x80) return 1;
  if (first < 0xC0 || first >= 0xF8) return 0;
  if (first < 0xE0) return 2;
  return first < 0xF0 ? 3 : 4;
}

// Whether more continuation bytes could make a character of `bytes`.
bool can_become_character(std::string_view bytes) {
  // One of the two ends of 80..BF is a good next byte wherever any is.
  for (const char filler : {'\x80', '\xBF'}) {
    const std::string filled = std::string(bytes) + std::string(3, filler);
    if (character_length(filled) > bytes.size()) return true;
  }
  return false;
}

std::size_t ill_formed_length(std::string_view bytes) {
  std::size_t length = 1;
  while (length < bytes.size() && can_become_character(bytes.substr(0, length + 1))) ++length;
  return length;
}

class JsonGrammar {
 public:
  JsonGrammar(std::string_view text, const JsonRules& rules) : rest_(text), rules_(rules) {}

  Json check() {
    if (!is_utf8(rest_) || !element(rules_.max_depth) || !rest_.empty()) return Json::kNo;
    return long_exponent_ ? Json::kEither : Json::kYes;
  }

 private:
  bool take(std::string_view literal) {
    if (!rest_.starts_with(literal)) return false;
    rest_.remove_prefix(literal.size());
    return true;
  }
  std::size_t take_any(std::string_view characters) {
    const std::size_t count = std::min(rest_.find_first_not_of(characters), rest_.size());
    rest_.remove_prefix(count);
    return count;
  }

  bool element(std::size_t depth) {
    take_any(" \t\r\n");
    const bool good = value(depth);
    take_any(" \t\r\n");
    return good;
  }

  bool value(std::size_t depth) {
    if (rest_.starts_with('"')) return string();
    if (rest_.starts_with('{')) return depth > 0 && object(depth - 1);
    if (rest_.starts_with('[')) return depth > 0 && array(depth - 1);
    return take("true") || take("false") || take("null") || number();
  }

  bool object(std::size_t depth) {
    take("{");
    take_any(" \t\r\n");
    if (take("}")) return true;
    do {
      take_any(" \t\r\n");
      if (!string()) return false;
      take_any(" \t\r\n");
      if (!take(":") || !element(depth)) return false;
    } while (take(","));
    return take("}");
  }

  bool array(std::size_t depth) {
    take("[");
    take_any(" \t\r\n");
    if (take("]")) return true;
    do {
      if (!element(depth)) return false;
    } while (take(","));
    return take("]");
  }

  bool string() {
    if (!take("\"")) return false;
    while (!take("\"")) {
      if (!character()) return false;
    }
    return true;
  }

  bool character() {
    if (rest_.empty()) return false;
    if (take("\\")) return escape();
    const bool control = byte_at(rest_, 0) < 0x20;
    if (control && !(rules_.raw_controls && is_one_of(rest_[0], "\n\r\t"))) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }

  bool escape() {
    if (!take("u")) {
      const bool known = !rest_.empty() && is_one_of(rest_[0], "\"\\/bfnrt");
      if (known) rest_.remove_prefix(1);
      return known;
    }
    const auto unit = code_unit();
    if (!unit || (*unit >= 0xDC00 && *unit <= 0xDFFF)) return false;
    if (*unit < 0xD800 || *unit > 0xDBFF) return true;
    if (!take("\\u")) return false;
    const auto low = code_unit();
    return low && *low >= 0xDC00 && *low <= 0xDFFF;
  }

  std::optional<std::uint32_t> code_unit() {
    std::uint32_t unit = 0;
    for (int i = 0; i < 4; ++i) {
      const std::size_t digit = rest_.empty()
                                    ? std::string_view::npos
                                    : std::string_view("0123456789abcdefABCDEF").find(rest_[0]);
      if (digit == std::string_view::npos) return std::nullopt;
      unit = unit * 16 + static_cast<std::uint32_t>(digit < 16 ? digit : digit - 6);
      rest_.remove_prefix(1);
    }
    return unit;
  }

  bool number() {
    constexpr std::string_view kDigits = "0123456789";
    take("-");
    if (!take("0") && take_any(kDigits) == 0) return false;
    if (take(".") && take_any(kDigits) == 0) return false;
    if (!take("e") && !take("E")) return true;
    if (!take("+")) take("-");
    const std::size_t digits = take_any(kDigits);
    long_exponent_ = long_exponent_ || digits >= 10;
    return digits > 0;
  }

  std::string_view rest_;
  JsonRules rules_;
  bool long_exponent_ = false;
};

}  // namespace

std::size_t character_length(std::string_view bytes) {
  if (bytes.empty()) return 0;
  const std::uint32_t first = byte_at(bytes, 0);
  const std::size_t length = announced_length(first);
  if (length == 0 || length > bytes.size()) return 0;
  if (length == 1) return 1;
  std::uint32_t point = first & (0x7FU >> length);
  for (std::size_t at = 1; at < length; ++at) {
    if ((byte_at(bytes, at) & 0xC0U) != 0x80) return 0;
    point = point << 6U | (byte_at(bytes, at) & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  return point < kLeast[length] || point > 0x10FFFF || surrogate ? 0 : length;
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = character_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string replace_ill_formed(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const std::size_t good = character_length(bytes);
    const std::size_t length = good > 0 ? good : ill_formed_length(bytes);
    text += good > 0 ? bytes.substr(0, good) : "\uFFFD";
    bytes.remove_prefix(length);
  }
  return text;
}

Json check_json(std::string_view text, const JsonRules& rules) {
  return JsonGrammar(text, rules).check();
}

}  // namespace executor::reference
