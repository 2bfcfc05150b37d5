#include "config/near_settings.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "base/near_name.h"

namespace executor {
namespace {

constexpr std::size_t kMaxNames = 4;

std::string as_settings_are_written(std::string_view name) {
  std::string plain(name);
  std::transform(plain.begin(), plain.end(), plain.begin(), [](unsigned char letter) {
    return letter == '_' ? '-' : static_cast<char>(std::tolower(letter));
  });
  return plain;
}

std::vector<std::string_view> words_of(std::string_view name) {
  std::vector<std::string_view> words;
  while (!name.empty()) {
    const std::size_t end = std::min(name.find('-'), name.size());
    if (end > 0) words.push_back(name.substr(0, end));
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return words;
}

bool has_words(std::string_view candidate, const std::vector<std::string_view>& wanted) {
  const std::vector<std::string_view> words = words_of(candidate);
  return std::all_of(wanted.begin(), wanted.end(),
                     [&words](std::string_view one) { return !near_name(one, words).empty(); });
}

}  // namespace

std::string near_settings(std::string_view name, std::span<const std::string_view> known) {
  const std::string plain = as_settings_are_written(name);
  if (const std::string_view only = near_name(plain, known); !only.empty()) {
    return std::string(only);
  }
  const std::vector<std::string_view> wanted = words_of(plain);
  std::vector<std::string_view> found;
  std::copy_if(known.begin(), known.end(), std::back_inserter(found),
               [&wanted](std::string_view one) { return has_words(one, wanted); });
  if (wanted.empty() || found.size() > kMaxNames) return {};
  std::string text;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (i > 0) text += i + 1 < found.size() ? ", " : " or ";
    text += found[i];
  }
  return text;
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> known) {
  const std::string meant = near_settings(name, known);
  return meant.empty() ? "" : "; did you mean " + meant + "?";
}

}  // namespace executor
