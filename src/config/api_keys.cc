#include "config/api_keys.h"

#include <algorithm>
#include <iterator>
#include <sstream>

#include "base/whole_file.h"

namespace executor {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kShortestKey = 16;
constexpr std::size_t kLongestKey = 256;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool consists_of(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [others](char c) {
    return is_letter_or_digit(c) || others.find(c) != std::string_view::npos;
  });
}

// What is wrong with a name and its key; empty when nothing is.
std::string trouble_of(const ApiKey& entry) {
  if (entry.client.size() > kLongestName || !is_letter_or_digit(entry.client.front()) ||
      !consists_of(entry.client, "._-")) {
    return "the name must be at most " + std::to_string(kLongestName) +
           " letters, digits and . _ - and begin with a letter or digit";
  }
  if (entry.key.size() < kShortestKey || entry.key.size() > kLongestKey ||
      !consists_of(entry.key, "._~+/=-")) {
    return "the key of " + entry.client + " must be " + std::to_string(kShortestKey) + " to " +
           std::to_string(kLongestKey) + " letters, digits and . _ ~ + / = -";
  }
  return "";
}

}  // namespace

Result<std::vector<ApiKey>> parse_api_keys(std::string_view text, const std::string& path) {
  std::vector<ApiKey> keys;
  std::istringstream lines{std::string(text)};
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto wrong = [&path, at = ++number](const std::string& what) {
      return failure(path + ":" + std::to_string(at) + ": " + what);
    };
    std::istringstream words(line);
    std::vector<std::string> parts{std::istream_iterator<std::string>(words), {}};
    const auto is_comment = [](const std::string& word) { return word.front() == '#'; };
    parts.erase(std::find_if(parts.begin(), parts.end(), is_comment), parts.end());
    if (parts.empty()) continue;
    if (parts.size() != 2) return wrong("a line must be NAME KEY");
    ApiKey entry{parts[0], parts[1]};
    if (const std::string trouble = trouble_of(entry); !trouble.empty()) return wrong(trouble);
    for (const ApiKey& other : keys) {
      if (other.key == entry.key) return wrong("the key of " + other.client + " is there already");
    }
    keys.push_back(std::move(entry));
  }
  if (keys.empty()) return failure(path + ": there is no key in it");
  return keys;
}

Result<std::vector<ApiKey>> read_api_keys(const std::string& path) {
  auto text = read_whole_file(path, "the file of API keys");
  if (!text) return text.error();
  return parse_api_keys(*text, path);
}

}  // namespace executor
