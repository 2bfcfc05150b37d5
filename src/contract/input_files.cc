#include "contract/input_files.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/base64.h"
#include "base/utf8.h"

namespace executor {
namespace {

constexpr std::size_t kMaxComponent = 255;  // NAME_MAX
constexpr std::size_t kMaxPath = 1024;
constexpr std::size_t kMaxShown = 80;

std::string shown(std::string_view path) {
  const std::string_view cut = cut_utf8(path, kMaxShown);
  return "'" + std::string(cut) + (cut.size() < path.size() ? "..." : "") + "'";
}

// '/' before all others, so that what is below a directory comes right after it.
bool path_less(std::string_view a, std::string_view b) {
  const auto rank = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c); };
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [&](char x, char y) { return rank(x) < rank(y); });
}

// The path of a file that another file's path needs as a directory, or "".
std::string_view file_used_as_directory(std::vector<std::string_view> paths) {
  std::sort(paths.begin(), paths.end(), path_less);
  for (std::size_t i = 1; i < paths.size(); ++i) {
    const std::string_view file = paths[i - 1];
    if (paths[i].starts_with(file) && paths[i][file.size()] == '/') return file;
  }
  return {};
}

}  // namespace

std::string_view path_fault(std::string_view path) {
  if (path.empty()) return "is empty";
  if (path.size() > kMaxPath) return "is longer than 1024 bytes";
  if (path.starts_with('/')) return "is absolute";
  if (path.find('\0') != std::string_view::npos) return "contains NUL";
  while (true) {
    const std::string_view component = path.substr(0, path.find('/'));
    if (component.empty()) return "has an empty component";
    if (component == "." || component == "..") return "has a component '.' or '..'";
    if (component.size() > kMaxComponent) return "has a component longer than 255 bytes";
    if (component.size() == path.size()) return {};
    path.remove_prefix(component.size() + 1);
  }
}

boost::system::result<std::vector<InputFile>, std::string> input_files(
    std::vector<TextMember> members) {
  std::vector<InputFile> files;
  std::vector<std::string_view> paths;
  for (const TextMember& member : members) {
    const std::string_view fault = path_fault(member.name);
    if (!fault.empty()) return "the path " + shown(member.name) + " " + std::string(fault);
    paths.push_back(member.name);
  }
  const std::string_view both = file_used_as_directory(std::move(paths));
  if (!both.empty()) return "the path " + shown(both) + " is both a file and a directory";
  for (TextMember& member : members) {
    if (member.base64) {
      auto bytes = from_base64(member.text);
      if (!bytes) return "the content of " + shown(member.name) + " is not base64";
      member.text = std::move(*bytes);
    }
    files.push_back({std::move(member.name), std::move(member.text)});
  }
  return files;
}

}  // namespace executor
