// Views into text that is known to be JSON: the texts of an object's members and an array's
// elements, unchanged. Builds no values and converts no numbers, so that exactly what was sent is
// passed on.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace executor {

// Walks over text that is known to be JSON.
class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : text_(text) {}

  // The next character that is not a blank, without consuming it; NUL at the end.
  char peek();
  void skip() { ++at_; }
  // The text of the value that begins here; skips it.
  std::string_view value();

 private:
  void skip_string();

  std::string_view text_;
  std::size_t at_ = 0;
};

// The string that this JSON text stands for; nothing when it is another kind of value.
std::optional<std::string> string_of(std::string_view json);

// Calls `member(name, value)` with the JSON text of each member's name and value until it returns
// false, and then returns false. `object` is the text of an object.
template <typename Member>
bool each_member(std::string_view object, Member&& member) {
  JsonScanner from(object);
  from.peek();
  from.skip();
  while (from.peek() == '"') {
    const std::string_view name = from.value();
    from.peek();
    from.skip();  // the colon
    if (!member(name, from.value())) return false;
    if (from.peek() == ',') from.skip();
  }
  return true;
}

// The same with the text of each element of an array.
template <typename Element>
bool each_element(std::string_view array, Element&& element) {
  JsonScanner from(array);
  from.peek();
  for (from.skip(); from.peek() != ']' && from.peek() != '\0';) {
    if (!element(from.value())) return false;
    if (from.peek() == ',') from.skip();
  }
  return true;
}

}  // namespace executor
