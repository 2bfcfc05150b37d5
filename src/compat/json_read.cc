#include "compat/json_read.h"

#include "contract/json_text.h"

namespace executor {
namespace {

// Whether this JSON text of a string says `name`, however it is escaped.
bool says(std::string_view json, std::string_view name) {
  constexpr std::size_t kLongestEscape = 6;
  const std::string_view plain = json.substr(1, json.size() - 2);
  if (plain.find('\\') == std::string_view::npos) return plain == name;
  return plain.size() <= kLongestEscape * name.size() && string_of(json) == name;
}

}  // namespace

std::string_view JsonMembers::found(std::string_view name) const {
  std::string_view last;
  if (!is_object(text_)) return last;
  each_member(text_, [&](std::string_view key, std::string_view value) {
    if (says(key, name)) last = value;
    return true;
  });
  return last;
}

std::string_view JsonMembers::operator[](std::string_view name) const {
  const std::string_view value = found(name);
  return value == "null" ? std::string_view() : value;
}

bool JsonMembers::is_null(std::string_view name) const {
  return found(name) == "null";
}

std::string JsonMembers::string(std::string_view name) const {
  return string_of((*this)[name]).value_or("");
}

}  // namespace executor
