// What a table of mounts says: see attestation.h.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "jail/canary.h"
#include "wire/root_paths.h"

namespace executor {
namespace {

namespace fs = std::filesystem;

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
  std::string id, parent;
  std::string device;  // of its file system
  std::string root;    // what it shows of it
  std::string point;
  std::set<std::string> options;  // of this mount, not of its file system
  bool shared = false;            // what is mounted below appears elsewhere, or the reverse

  [[nodiscard]] bool has(const char* option) const { return options.contains(option); }
};

Mount parse_mount(const std::string& line) {
  std::istringstream words(line);
  std::string word, options;
  Mount mount;
  words >> mount.id >> mount.parent >> mount.device >> mount.root >> mount.point >> options;
  mount.root = unescape(mount.root);
  mount.point = unescape(mount.point);
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

// Devices may be nothing else but readable and writable.
bool is_device(const Mount& mount) {
  return std::find(kDevicePaths.begin(), kDevicePaths.end(), mount.point) != kDevicePaths.end();
}

// Where a worker has a mount of its own: what is bound there, and its scratch space.
std::set<std::string> promised_points(const std::vector<std::string>& exposed) {
  std::set<std::string> points = {"/", "/home/sandbox", "/tmp", "/dev/shm"};
  points.insert(kSystemPaths.begin(), kSystemPaths.end());
  points.insert(kConfigurationPaths.begin(), kConfigurationPaths.end());
  points.insert(kDevicePaths.begin(), kDevicePaths.end());
  points.insert(exposed.begin(), exposed.end());
  return points;
}

bool is_bound(const std::string& point, const std::vector<std::string>& exposed) {
  const auto is_at_or_above = [&point](const std::string& path) {
    return point == path || point.starts_with(path + "/");
  };
  return std::any_of(kSystemPaths.begin(), kSystemPaths.end(), is_at_or_above) ||
         std::any_of(exposed.begin(), exposed.end(), is_at_or_above);
}

// Whether it shows what would be there without it, as the mounts do with which firejail makes a
// part of a file system read-only.
bool is_transparent(const Mount& mount, const std::vector<Mount>& all) {
  const auto on = std::find_if(all.begin(), all.end(),
                               [&mount](const Mount& other) { return other.id == mount.parent; });
  if (on == all.end() || on->device != mount.device) return false;
  return (fs::path(on->root) / fs::path(mount.point).lexically_relative(on->point))
                 .lexically_normal() == fs::path(mount.root) ||
         (mount.point == on->point && mount.root == on->root);
}

// The empty file or directory with which firejail hides another.
bool hides(const Mount& mount) {
  return mount.root.find("/firejail.ro.") != std::string::npos;
}

// What is mounted where nothing should be, or twice. What is bound is bound with the mounts below
// it: those are the machine's own.
std::string more_points(const std::vector<Mount>& mounts, const std::vector<std::string>& exposed,
                        const std::vector<std::string>& machines) {
  std::set<std::string> awaited = promised_points(exposed);
  return points_where(mounts, [&](const Mount& mount) {
    if (awaited.erase(mount.point) == 1) return false;
    const bool machines_own =
        std::find(machines.begin(), machines.end(), mount.point) != machines.end();
    const bool fine = machines_own || hides(mount) || is_transparent(mount, mounts);
    return !fine || !is_bound(mount.point, exposed);
  });
}

}  // namespace

Facts mount_facts(std::string_view mountinfo, const std::vector<std::string>& exposed,
                  const std::vector<std::string>& machines) {
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
          {"mounts.shared", points_where(mounts, [](const Mount& m) { return m.shared; })},
          {"mounts.more", more_points(mounts, exposed, machines)}};
}

std::vector<std::string> mount_points() {
  std::vector<std::string> points;
  std::ifstream file("/proc/self/mountinfo");
  for (const Mount& mount : parse_mounts(file)) points.push_back(mount.point);
  return points;
}

std::vector<std::string> mount_points(const std::vector<std::string>& exposed) {
  const std::vector<std::string> points = mount_points();
  std::vector<std::string> all = points;
  for (const std::string& path : exposed) {
    std::error_code error;
    const std::string real = fs::canonical(path, error);
    if (error || real == path) continue;
    for (const std::string& point : points) {
      if (point.starts_with(real + "/")) all.push_back(path + point.substr(real.size()));
    }
  }
  return all;
}

}  // namespace executor
