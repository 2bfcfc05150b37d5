#include "front/accept.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace executor {
namespace {

constexpr std::string_view kBlanks = " \t";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

// Removes and returns the text before the next separator, and removes the separator.
std::string_view next_part(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = trimmed(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

// `lower` is in lower case.
bool is(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char have, char want) {
    return (have >= 'A' && have <= 'Z' ? have - 'A' + 'a' : have) == want;
  });
}

// Thousandths: "1", "0.5", "0.125". An invalid weight counts as 1000, like a missing one.
int weight_of(std::string_view text) {
  constexpr int kWhole = 1000;
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return kWhole;
  int weight = (text[0] - '0') * kWhole;
  if (text.size() > 1 && text[1] != '.') return kWhole;
  int place = kWhole / 10;
  for (const char digit : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (digit < '0' || digit > '9') return kWhole;
    weight += (digit - '0') * place;
    place /= 10;
  }
  return std::min(weight, kWhole);
}

// The weight among the parameters of one media range.
int weight_among(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view value = next_part(parameters, ';');
    if (const std::string_view name = next_part(value, '='); is(name, "q")) {
      return weight_of(trimmed(value));
    }
  }
  return weight_of({});
}

// What is known of JSON's weight: the closest range that holds it decides.
struct JsonWeight {
  static constexpr std::array<std::string_view, 3> kRanges = {"*/*", "application/*",
                                                              "application/json"};
  int weight = 0;
  std::size_t closeness = 0;  // 0: no range so far

  void add(std::string_view range, int its_weight) {
    for (std::size_t i = closeness; i < kRanges.size(); ++i) {
      if (!is(range, kRanges.at(i))) continue;
      weight = its_weight;
      closeness = i + 1;
    }
  }
};

}  // namespace

bool asks_for_events(std::string_view accept) {
  int events = 0;
  JsonWeight json;
  while (!accept.empty()) {
    std::string_view parameters = next_part(accept, ',');
    const std::string_view range = next_part(parameters, ';');
    const int weight = weight_among(parameters);
    if (is(range, "text/event-stream")) events = std::max(events, weight);
    json.add(range, weight);
  }
  return events > 0 && events >= json.weight;
}

}  // namespace executor
