#include "contract/json_text.h"

#include "contract/json_parser.h"

namespace executor {
namespace {

class StringReader : public JsonEvents {
 public:
  explicit StringReader(std::string& text) : text_(&text) {}
  bool on_string_part(Text part, std::size_t /*size*/, Error& /*error*/) {
    text_->append(part);
    return true;
  }
  bool on_string(Text rest, std::size_t /*size*/, Error& /*error*/) {
    text_->append(rest);
    return true;
  }

 private:
  std::string* text_;
};

}  // namespace

char JsonScanner::peek() {
  at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
  return at_ < text_.size() ? text_[at_] : '\0';
}

std::string_view JsonScanner::value() {
  peek();
  const std::size_t begin = at_;
  std::size_t depth = 0;
  do {
    const char c = peek();
    if (c == '"') {
      skip_string();
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c == '{' || c == '[' || c == '}' || c == ']' || c == ',' || c == ':') {
      ++at_;
    } else {
      at_ = std::min(text_.find_first_of(",:]} \t\r\n", at_), text_.size());
    }
  } while (depth > 0 && at_ < text_.size());
  return text_.substr(begin, at_ - begin);
}

void JsonScanner::skip_string() {
  for (++at_; at_ < text_.size() && text_[at_] != '"';) {
    at_ = text_.find_first_of("\"\\", at_);
    if (at_ == std::string_view::npos) at_ = text_.size();
    if (at_ < text_.size() && text_[at_] == '\\') at_ += 2;
  }
  at_ = std::min(at_ + 1, text_.size());
}

std::optional<std::string> string_of(std::string_view json) {
  if (!json.starts_with('"')) return std::nullopt;
  std::string text;
  if (!parse_json<StringReader>(json, 1, text)) return std::nullopt;
  return text;
}

}  // namespace executor
