#include "resources/cgroup_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/xattr.h>

#include <charconv>
#include <iterator>
#include <memory>
#include <sstream>

#include "base/file_at.h"
#include "base/poll.h"

namespace executor {
namespace {

// The names of the cgroups directly below. Their files are no directories.
Result<std::vector<std::string>> children_of(int directory) {
  auto again = open_directory(directory, ".");  // with a position of its own
  if (!again) return again.error();
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(again->get()), ::closedir);
  if (!entries) return os_failure("list a cgroup");
  (void)again->release();
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::string_view name = entry->d_name;
    if (entry->d_type == DT_DIR && name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

Result<void> remove_empty(int parent, const std::string& name) {
  auto directory = open_directory(parent, name);
  if (!directory) return directory.error();
  auto children = children_of(directory->get());
  if (!children) return children.error();
  for (const std::string& child : *children) {
    if (auto removed = remove_empty(directory->get(), child); !removed) return removed;
  }
  if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) != 0)
    return os_failure("remove cgroup " + name);
  return {};
}

}  // namespace

std::string unified_path(std::string_view proc_cgroup) {
  std::istringstream lines{std::string(proc_cgroup)};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("0::/")) continue;
    std::string path = line.substr(3);
    // A process outside of our cgroup namespace's root, or in a removed cgroup.
    const bool foreign = path.starts_with("/..") || path.ends_with(" (deleted)");
    return foreign ? std::string() : path;
  }
  return {};
}

std::string cgroup_of_process(const std::string& pid) {
  const auto text = read_at(AT_FDCWD, ("/proc/" + pid + "/cgroup").c_str());
  return text ? unified_path(*text) : std::string();
}

std::optional<std::uint64_t> counter(std::string_view text, std::string_view key) {
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    const std::size_t blank = line.find(' ');
    if (blank == std::string::npos || std::string_view(line).substr(0, blank) != key) continue;
    std::uint64_t number = 0;
    const char* end = line.data() + line.size();
    const auto parsed = std::from_chars(line.data() + blank + 1, end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return number;
  }
  return std::nullopt;
}

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream stream{std::string(text)};
  return {std::istream_iterator<std::string>(stream), {}};
}

bool is_marked_as_delegated(int directory, const std::string& path) {
  char mark = '0';
  if (::fgetxattr(directory, "user.delegate", &mark, 1) == 1 && mark == '1') return true;
  return path == "/" && ::faccessat(directory, "cgroup.type", F_OK, 0) == 0;
}

bool can_write(int directory, const char* file) {
  return ::faccessat(directory, file, W_OK, AT_EACCESS) == 0;
}

Result<UniqueFd> open_directory(int directory, const std::string& name) {
  UniqueFd fd(::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return os_failure("open cgroup " + name);
  return fd;
}

bool await_empty(int directory, Deadline deadline) {
  const UniqueFd events(::openat(directory, "cgroup.events", O_RDONLY | O_CLOEXEC));
  if (!events) return false;
  for (;;) {
    char text[256];
    // Reading arms the notification: a change from here on makes poll(2) return.
    const ssize_t size = ::pread(events.get(), text, sizeof text, 0);
    if (size < 0) return false;
    if (counter({text, static_cast<std::size_t>(size)}, "populated") == 0) return true;
    pollfd changed{events.get(), POLLPRI, 0};
    if (poll_until({&changed, 1}, deadline) == 0) return false;
  }
}

Result<void> remove_cgroup(int parent, const std::string& name, Deadline deadline) {
  auto directory = open_directory(parent, name);
  if (!directory && directory.error().error == ENOENT) return {};
  if (!directory) return directory.error();
  if (auto killed = write_at(directory->get(), "cgroup.kill", "1"); !killed) return killed;
  if (!await_empty(directory->get(), deadline)) {
    return failure("remove cgroup " + name + ": its processes do not end");
  }
  return remove_empty(parent, name);
}

}  // namespace executor
