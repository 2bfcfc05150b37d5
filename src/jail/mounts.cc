// What a table of mounts says: see attestation.h.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "jail/canary.h"

namespace executor {
namespace {

// Those that a worker's root has are devices, and may be nothing else but readable and writable.
constexpr std::array kDevices = {"/dev/full", "/dev/null", "/dev/random", "/dev/urandom"};

// As mountinfo writes blanks and backslashes (proc(5)).
std::string unescape(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '\\' && i + 3 < text.size();
    plain += escaped ? static_cast<char>(std::strtol(text.substr(i + 1, 3).c_str(), nullptr, 8))
                     : text[i];
    if (escaped) i += 3;
  }
  return plain;
}

struct Mount {
  std::string point;
  std::set<std::string> options;  // of this mount, not of its file system
  bool shared = false;            // what is mounted below appears elsewhere, or the reverse

  [[nodiscard]] bool has(const char* option) const { return options.contains(option); }
};

Mount parse_mount(const std::string& line) {
  std::istringstream words(line);
  std::string word, options;
  Mount mount;
  for (int i = 0; i < 5; ++i) words >> word;
  mount.point = unescape(word);
  words >> options;
  std::istringstream parts(options);
  for (std::string option; std::getline(parts, option, ',');) mount.options.insert(option);
  while (words >> word && word != "-") mount.shared = true;
  return mount;
}

std::vector<Mount> parse_mounts(std::istream& lines) {
  std::vector<Mount> mounts;
  for (std::string line; std::getline(lines, line);) mounts.push_back(parse_mount(line));
  return mounts;
}

template <typename Predicate>
std::string points_where(const std::vector<Mount>& mounts, Predicate predicate) {
  std::set<std::string> points;
  for (const Mount& mount : mounts) {
    if (predicate(mount)) points.insert(mount.point);
  }
  std::string text;
  for (const std::string& point : points) text += (text.empty() ? "" : " ") + point;
  return text;
}

bool is_device(const Mount& mount) {
  return std::find(kDevices.begin(), kDevices.end(), mount.point) != kDevices.end();
}

}  // namespace

Facts mount_facts(std::string_view mountinfo) {
  std::istringstream lines{std::string(mountinfo)};
  const std::vector<Mount> mounts = parse_mounts(lines);
  if (mounts.empty()) return {};
  return {{"mounts.writable", points_where(mounts, [](const Mount& m) { return !m.has("ro"); })},
          {"mounts.suid", points_where(mounts, [](const Mount& m) { return !m.has("nosuid"); })},
          {"mounts.devices", points_where(mounts,
                                          [](const Mount& m) {
                                            return is_device(m) ? !m.has("noexec")
                                                                : !m.has("nodev");
                                          })},
          {"mounts.shared", points_where(mounts, [](const Mount& m) { return m.shared; })}};
}

std::vector<std::string> mount_points() {
  std::vector<std::string> points;
  std::ifstream file("/proc/self/mountinfo");
  for (const Mount& mount : parse_mounts(file)) points.push_back(mount.point);
  return points;
}

}  // namespace executor
