#include "contract/json_fault.h"

#include <algorithm>
#include <utility>

namespace executor {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// One pass with a stack of the open containers instead of recursion.
class FaultFinder {
 public:
  FaultFinder(std::string_view text, std::size_t max_depth) : text_(text), max_depth_(max_depth) {}

  std::optional<JsonFault> find() {
    while (!fault_) {
      skip_blanks();
      if (next_ == Next::kEnd) {
        if (!at_end()) fail("expected nothing more after the JSON value");
        break;
      }
      step();
    }
    return std::move(fault_);
  }

 private:
  enum class Next { kValue, kFirstElement, kFirstKey, kKey, kColon, kCommaOrEnd, kEnd };

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char here() const { return at_end() ? '\0' : text_[at_]; }
  [[nodiscard]] char there(std::size_t offset) const {
    return at_ + offset < text_.size() ? text_[at_ + offset] : '\0';
  }
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
  void fail(std::string problem) {
    if (at_end()) problem += ", and the text ends";
    if (!fault_) fault_ = JsonFault{std::min(at_, text_.size()), std::move(problem)};
  }
  void after_value() { next_ = open_.empty() ? Next::kEnd : Next::kCommaOrEnd; }

  void step() {
    switch (next_) {
      case Next::kFirstElement:
        if (here() == ']') return close();
        return value("expected a value or ']'");
      case Next::kValue:
        return value("expected a value");
      case Next::kFirstKey:
        if (here() == '}') return close();
        return key("expected a name in double quotes or '}'");
      case Next::kKey:
        return key("expected a name in double quotes");
      case Next::kColon:
        if (here() != ':') return fail("expected ':'");
        ++at_;
        next_ = Next::kValue;
        return;
      case Next::kCommaOrEnd:
        return comma_or_end();
      case Next::kEnd:
        return;
    }
  }

  void open(char bracket, Next next) {
    if (open_.size() == max_depth_) {
      return fail("nested deeper than " + std::to_string(max_depth_) + " levels");
    }
    open_ += bracket;
    next_ = next;
    ++at_;
  }
  void close() {
    ++at_;
    open_.pop_back();
    after_value();
  }
  void comma_or_end() {
    const bool object = open_.back() == '{';
    if (here() == (object ? '}' : ']')) return close();
    if (here() != ',') return fail(object ? "expected ',' or '}'" : "expected ',' or ']'");
    ++at_;
    next_ = object ? Next::kKey : Next::kValue;
  }
  void key(const char* expected) {
    if (here() != '"') return fail(expected);
    string();
    next_ = Next::kColon;
  }

  void value(const char* expected) {
    switch (here()) {
      case '{':
        return open('{', Next::kFirstKey);
      case '[':
        return open('[', Next::kFirstElement);
      case '"':
        string();
        return after_value();
      default:
        break;
    }
    for (const std::string_view word : {"true", "false", "null"}) {
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return after_value();
      }
    }
    for (const std::string_view word : {"True", "False", "None", "NaN", "Infinity", "undefined"}) {
      if (text_.substr(at_).starts_with(word)) {
        return fail(expected + std::string("; JSON's words are true, false and null"));
      }
    }
    if (here() != '-' && !is_digit(here())) return fail(expected);
    number();
    after_value();
  }

  void digits() {
    if (!is_digit(here())) return fail("expected a digit");
    while (is_digit(here())) ++at_;
  }
  void number() {
    if (here() == '-') ++at_;
    if (here() == '0' && is_digit(there(1))) return fail("a number must not begin with 0");
    digits();
    if (here() == '.') {
      ++at_;
      digits();
    }
    if (here() != 'e' && here() != 'E') return;
    ++at_;
    if (here() == '+' || here() == '-') ++at_;
    const std::size_t begin = at_;
    digits();
    constexpr std::size_t kMaxExponent = 9;  // the parser's (contract/json_parser.h)
    if (at_ - begin > kMaxExponent) fail("the exponent has too many digits");
  }

  void string() {
    for (++at_; !fault_; ++at_) {
      if (at_end()) return fail("expected '\"' at the end of a string");
      const char c = here();
      if (c == '"') break;
      const bool blank = c == '\n' || c == '\r' || c == '\t';
      if (static_cast<unsigned char>(c) < 0x20 && !blank) {
        return fail("a control character in a string must be escaped");
      }
      if (c == '\\') escape();
    }
    if (!fault_) ++at_;
  }
  // Leaves the last character of the escape in place.
  void escape() {
    const char c = there(1);
    if (c == 'u') return unicode_escape();
    if (c == '\0' || std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos) {
      return fail("there is no such escape; a backslash is written \\\\");
    }
    ++at_;
  }
  [[nodiscard]] int unit_at(std::size_t offset) const {
    int unit = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const char c = there(offset + i);
      if (!is_hex_digit(c)) return -1;
      unit = unit * 16 + (is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return unit;
  }
  void unicode_escape() {
    const int unit = unit_at(2);
    if (unit < 0) return fail("expected four hexadecimal digits after \\u");
    const bool leading = unit >= 0xD800 && unit < 0xDC00;
    const bool trailing = unit >= 0xDC00 && unit < 0xE000;
    const int second = leading && there(6) == '\\' && there(7) == 'u' ? unit_at(8) : -1;
    const bool pair = second >= 0xDC00 && second < 0xE000;
    if (trailing || (leading && !pair)) return fail("a lone surrogate, which is no character");
    at_ += leading ? 11 : 5;
  }

  std::string_view text_;
  std::size_t max_depth_;
  std::size_t at_ = 0;
  std::string open_;
  Next next_ = Next::kValue;
  std::optional<JsonFault> fault_;
};

}  // namespace

std::optional<JsonFault> find_json_fault(std::string_view text, std::size_t max_depth) {
  return FaultFinder(text, max_depth).find();
}

std::string place_in(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t begin =
      before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  const auto is_start = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  const auto column =
      std::count_if(before.begin() + static_cast<std::ptrdiff_t>(begin), before.end(), is_start);
  return "line " + std::to_string(lines + 1) + ", column " + std::to_string(column + 1);
}

}  // namespace executor
