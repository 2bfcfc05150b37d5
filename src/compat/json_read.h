// Members of JSON objects by name, as their JSON texts.
#pragma once

#include <string>
#include <string_view>

namespace executor {

// The members of an object, searched by name each time: hostile objects have many, and few are
// needed. A null counts as absent, of equal names the last counts.
class JsonMembers {
 public:
  JsonMembers() = default;
  // `text` is known to be JSON and outlives this; anything but an object has no members.
  explicit JsonMembers(std::string_view text) : text_(text) {}

  // The JSON text of a member; "" when there is none. Cost is linear in the object's size.
  [[nodiscard]] std::string_view operator[](std::string_view name) const;
  // Whether there is such a member and it is null.
  [[nodiscard]] bool is_null(std::string_view name) const;
  // The string's value; "" when it is absent or not a string.
  [[nodiscard]] std::string string(std::string_view name) const;

 private:
  // The same with a null as what it is.
  [[nodiscard]] std::string_view found(std::string_view name) const;

  std::string_view text_;
};

inline bool is_string(std::string_view json) {
  return json.starts_with('"');
}
inline bool is_object(std::string_view json) {
  return json.starts_with('{');
}
inline bool is_array(std::string_view json) {
  return json.starts_with('[');
}
inline bool is_number(std::string_view json) {
  return !json.empty() && (json[0] == '-' || (json[0] >= '0' && json[0] <= '9'));
}

}  // namespace executor
