#include "contract/raw_controls.h"

#include <algorithm>

namespace executor {
namespace {

// The escape for a control character that may stand raw inside a string, else "".
std::string_view escape_of(char c) {
  switch (c) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return {};
  }
}

bool has_raw_controls(std::string_view body) {
  // Three searches for one character each are vectorised, one search for three is not.
  constexpr std::string_view kControls = "\n\r\t";
  return std::any_of(kControls.begin(), kControls.end(),
                     [body](char c) { return body.find(c) != std::string_view::npos; });
}

}  // namespace

std::optional<std::string> escape_raw_controls(std::string_view body) {
  if (!has_raw_controls(body)) return std::nullopt;
  std::string escaped;
  // So that it does not grow by doubling: room that is not used is no memory.
  escaped.reserve(2 * body.size());
  std::size_t copied = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < body.size(); ++at) {
    if (body[at] == '"') {
      in_string = !in_string;
    } else if (in_string && body[at] == '\\') {
      ++at;  // an escaped character neither ends the string nor is changed
    } else if (const auto escape = escape_of(body[at]); in_string && !escape.empty()) {
      escaped.append(body.substr(copied, at - copied)).append(escape);
      copied = at + 1;
    }
  }
  if (copied == 0) return std::nullopt;
  return escaped.append(body.substr(copied));
}

}  // namespace executor
