// https://github.com/npm/node-semver#ranges; pre-releases count as what they come before.
#include "compat/version_range.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace executor {
namespace {

using Version = std::array<std::uint32_t, 3>;

constexpr std::uint32_t kMax = std::numeric_limits<std::uint32_t>::max();
constexpr Version kEnd = {kMax, kMax, kMax};

// From the first, which is included, to the last, which is not.
struct Interval {
  Version from{};
  Version to = kEnd;

  [[nodiscard]] bool has(const Version& version) const { return from <= version && version < to; }
};

// "3.11" or "3.11.x": the numbers in front, and how many there are.
struct Partial {
  Version numbers{};
  std::size_t given = 0;
};

constexpr std::string_view kBlanks = " \t";

void skip_blanks(std::string_view& text) {
  const std::size_t at = text.find_first_not_of(kBlanks);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at);
}

bool skip(std::string_view& text, std::string_view token) {
  if (!text.starts_with(token)) return false;
  text.remove_prefix(token.size());
  return true;
}

bool skip_wildcard(std::string_view& text) {
  return skip(text, "*") || skip(text, "x") || skip(text, "X");
}

// "-rc.1", "+build": does not count.
void skip_rest(std::string_view& text) {
  if (!text.starts_with('-') && !text.starts_with('+')) return;
  const std::size_t at = text.find_first_of(" \t|");
  text.remove_prefix(at == std::string_view::npos ? text.size() : at);
}

// Consumes it; nothing when there is none.
std::optional<Partial> take_partial(std::string_view& text) {
  skip(text, "v");
  Partial partial;
  bool wild = false;
  for (std::size_t at = 0; at < partial.numbers.size(); ++at) {
    if (at > 0 && !skip(text, ".")) break;
    if (skip_wildcard(text)) {
      wild = true;
      continue;
    }
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number == kMax) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (wild) continue;  // "*.5" is "*"
    partial.numbers[at] = number;
    partial.given = at + 1;
  }
  skip_rest(text);
  return partial;
}

// The first version after all that begin with these first numbers.
Version after(const Version& numbers, std::size_t count) {
  if (count == 0) return kEnd;
  Version next{};
  for (std::size_t at = 0; at < count; ++at) next[at] = numbers[at];
  ++next[count - 1];
  return next;
}

// How many numbers "^" keeps: up to the first that is not 0.
std::size_t kept_by_caret(const Partial& partial) {
  std::size_t count = 1;
  while (count < partial.given && partial.numbers[count - 1] == 0) ++count;
  return std::min(count, partial.given);
}

Interval interval_of(std::string_view comparison, const Partial& partial) {
  const Version& numbers = partial.numbers;
  const Version next = after(numbers, partial.given);
  if (comparison == ">=") return {numbers, kEnd};
  if (comparison == "<=") return {{}, next};
  if (comparison == ">") return {next, kEnd};
  if (comparison == "<") return {{}, numbers};
  if (comparison == "^") return {numbers, after(numbers, kept_by_caret(partial))};
  if (comparison == "~") return {numbers, after(numbers, std::min<std::size_t>(partial.given, 2))};
  return {numbers, next};
}

std::string_view take_comparison(std::string_view& text) {
  for (const std::string_view comparison : {">=", "<=", "~>", ">", "<", "=", "^", "~"}) {
    if (skip(text, comparison)) return comparison == "~>" ? "~" : comparison;
  }
  return {};
}

// What comes next up to a blank, or "A - B". Nothing when it is neither.
std::optional<Interval> take_interval(std::string_view& text) {
  const std::string_view comparison = take_comparison(text);
  skip_blanks(text);
  const auto partial = take_partial(text);
  if (!partial) return std::nullopt;
  Interval interval = interval_of(comparison, *partial);
  if (comparison.empty() && skip(text, " - ")) {
    skip_blanks(text);
    const auto last = take_partial(text);
    if (!last) return std::nullopt;
    interval = {partial->numbers, after(last->numbers, last->given)};
  }
  const bool ends = text.empty() || kBlanks.find(text.front()) != std::string_view::npos;
  return ends ? std::optional(interval) : std::nullopt;
}

// Whether the version is in all intervals of a set; nothing when it is no set.
std::optional<bool> is_in_set(const Version& version, std::string_view set) {
  bool in = true;
  for (skip_blanks(set); !set.empty(); skip_blanks(set)) {
    const auto interval = take_interval(set);
    if (!interval) return std::nullopt;
    in = in && interval->has(version);
  }
  return in;
}

}  // namespace

bool is_in_range(std::string_view version, std::string_view selector) {
  constexpr std::string_view kOr = "||";
  const auto whole = take_partial(version);
  if (!whole || whole->given == 0) return false;
  bool in = false;
  for (bool more = true; more;) {
    const std::size_t end = std::min(selector.find(kOr), selector.size());
    const auto in_set = is_in_set(whole->numbers, selector.substr(0, end));
    if (!in_set) return false;
    in = in || *in_set;
    more = end < selector.size();
    selector.remove_prefix(more ? end + kOr.size() : end);
  }
  return in;
}

}  // namespace executor
