#include "base/glob.h"

#include <algorithm>
#include <cstddef>

#include "base/utf8.h"

namespace executor {
namespace {

constexpr char32_t kNoText = 0x110000;  // the first that is no character
constexpr std::pair<char32_t, char32_t> kEverything{0, kNoText + 0xFF};

// The character in front, which is removed.
char32_t take_character(std::string_view& bytes) {
  constexpr unsigned char kOfLead[] = {0, 0x7F, 0x1F, 0x0F, 0x07};  // its bits, by the length
  const auto lead = static_cast<unsigned char>(bytes.front());
  const std::size_t length = front_character(bytes);
  char32_t character = length == 0 ? kNoText + lead : lead & kOfLead[length];
  for (std::size_t at = 1; at < length; ++at) {
    character = character << 6U | (static_cast<unsigned char>(bytes[at]) & 0x3FU);
  }
  bytes.remove_prefix(std::max<std::size_t>(length, 1));
  return character;
}

std::u32string characters_of(std::string_view bytes) {
  std::u32string characters;
  while (!bytes.empty()) characters += take_character(bytes);
  return characters;
}

// Whether a sequence of patterns matches a sequence, where those that `is_star` match any number.
// Backtracks to the last of them only, which suffices.
template <typename Patterns, typename Sequence, typename IsStar, typename Matches>
bool match(const Patterns& patterns, const Sequence& sequence, IsStar is_star, Matches matches) {
  std::size_t pattern = 0;
  std::size_t at = 0;
  std::size_t last_star = patterns.size();
  std::size_t retry = 0;
  while (at < sequence.size()) {
    if (pattern < patterns.size() && is_star(patterns[pattern])) {
      last_star = pattern++;
      retry = at;
    } else if (pattern < patterns.size() && matches(patterns[pattern], sequence[at])) {
      ++pattern;
      ++at;
    } else if (last_star < patterns.size()) {
      pattern = last_star + 1;
      at = ++retry;
    } else {
      return false;
    }
  }
  while (pattern < patterns.size() && is_star(patterns[pattern])) ++pattern;
  return pattern == patterns.size();
}

}  // namespace

PathCharacters path_characters(std::string_view path) {
  PathCharacters components;
  for (;;) {
    const std::size_t end = std::min(path.find('/'), path.size());
    components.push_back(characters_of(path.substr(0, end)));
    if (end == path.size()) return components;
    path.remove_prefix(end + 1);
  }
}

Glob::Glob(std::string_view pattern) {
  for (const std::u32string& text : path_characters(pattern)) {
    components_.push_back(read_component(text));
  }
}

bool Glob::matches(const PathCharacters& path) const {
  return match(
      components_, path, [](const Component& component) { return component.any_number; },
      [](const Component& component, const std::u32string& name) {
        return component.matches(name);
      });
}

bool Glob::Component::matches(const std::u32string& name) const {
  return match(
      items, name, [](const Item& item) { return item.star; },
      [](const Item& item, char32_t character) { return item.holds(character); });
}

bool Glob::Item::holds(char32_t character) const {
  const auto in = [character](const auto& range) {
    return range.first <= character && character <= range.second;
  };
  return std::any_of(ranges.begin(), ranges.end(), in) != negated;
}

Glob::Component Glob::read_component(const std::u32string& text) {
  Component component{.any_number = text == U"**"};
  for (std::size_t at = 0; at < text.size();) component.items.push_back(read_item(text, at));
  return component;
}

// A bracket that is not closed, and a backslash at the end, are themselves.
Glob::Item Glob::read_item(const std::u32string& text, std::size_t& at) {
  const char32_t character = text[at++];
  if (character == U'*') return {.star = true};
  if (character == U'?') return {.ranges = {kEverything}};
  Item item;
  if (character == U'[' && read_set(text, at, item)) return item;
  const char32_t itself = character == U'\\' && at < text.size() ? text[at++] : character;
  return {.ranges = {{itself, itself}}};
}

// Reads a set from after its bracket; false, with nothing read, when it is not closed.
bool Glob::read_set(const std::u32string& text, std::size_t& at, Item& item) {
  std::size_t next = at;
  item.negated = next < text.size() && (text[next] == U'!' || text[next] == U'^');
  if (item.negated) ++next;
  const auto take = [&text, &next] {
    if (text[next] == U'\\' && next + 1 < text.size()) ++next;
    return text[next++];
  };
  const std::size_t first = next;  // where a closing bracket is one of the set
  while (next < text.size() && (text[next] != U']' || next == first)) {
    const char32_t from = take();
    const bool range = next + 1 < text.size() && text[next] == U'-' && text[next + 1] != U']';
    if (range) ++next;
    const char32_t to = range ? take() : from;
    item.ranges.emplace_back(from, to);
  }
  if (next == text.size()) return false;
  at = next + 1;
  return true;
}

}  // namespace executor
