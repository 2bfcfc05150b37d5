// Patterns for the paths of files: `*`, `?`, `[...]` and `\` within a component, as in a shell, and
// the component `**` for any number of components. Pure; pattern and path may be a stranger's.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace executor {

// The components of a path, each a text of characters. A byte that is no part of UTF-8 is a
// character that no text has.
using PathCharacters = std::vector<std::u32string>;
PathCharacters path_characters(std::string_view path);

class Glob {
 public:
  explicit Glob(std::string_view pattern);

  // Cost is at most the product of the sizes.
  [[nodiscard]] bool matches(const PathCharacters& path) const;

 private:
  // One character of a component, or any number of them.
  struct Item {
    bool star = false;
    bool negated = false;                                 // none of the ranges
    std::vector<std::pair<char32_t, char32_t>> ranges{};  // from and to, both included

    [[nodiscard]] bool holds(char32_t character) const;
  };
  struct Component {
    bool any_number = false;  // "**"
    std::vector<Item> items{};

    [[nodiscard]] bool matches(const std::u32string& name) const;
  };
  static Component read_component(const std::u32string& text);
  static Item read_item(const std::u32string& text, std::size_t& at);
  static bool read_set(const std::u32string& text, std::size_t& at, Item& item);

  std::vector<Component> components_;
};

}  // namespace executor
