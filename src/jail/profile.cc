#include "jail/profile.h"

#include <algorithm>
#include <set>
#include <sstream>

#include "base/whole_file.h"
#include "jail/embedded.h"

namespace executor {
namespace {

// The lines that are not empty or comments, without duplicates.
std::set<std::string> directives(std::string_view text) {
  std::set<std::string> lines;
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) {
    line.erase(std::min(line.find('#'), line.size()));
    line.erase(line.find_last_not_of(" \t\r") + 1);
    line.erase(0, std::min(line.find_first_not_of(" \t"), line.size()));
    if (!line.empty()) lines.insert(line);
  }
  return lines;
}

bool tightens(std::string_view line) {
  constexpr std::string_view kTightening[] = {"blacklist ", "read-only ", "noexec ", "rlimit-"};
  return std::any_of(std::begin(kTightening), std::end(kTightening),
                     [line](std::string_view word) { return line.starts_with(word); });
}

}  // namespace

Result<void> check_profile(std::string_view text) {
  const auto promised = directives(embedded_profile());
  const auto found = directives(text);
  for (const std::string& line : promised) {
    if (!found.contains(line)) return failure("it lacks the line \"" + line + "\"");
  }
  for (const std::string& line : found) {
    if (promised.contains(line) || tightens(line)) continue;
    return failure("its line \"" + line + "\" is not in python-executor's own");
  }
  return {};
}

Result<void> check_profile_file(const std::string& path) {
  const auto text = read_whole_file(path, "the firejail profile");
  if (!text) return text.error();
  auto checked = check_profile(*text);
  if (!checked)
    return failure("trust the firejail profile " + path + ": " + checked.error().text());
  return {};
}

}  // namespace executor
