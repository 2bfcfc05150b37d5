#include "base/roots_own.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <deque>
#include <filesystem>

namespace executor {
namespace {

namespace fs = std::filesystem;

constexpr gid_t kFirstOtherGroup = 100;
constexpr int kMaxLinks = 40;  // as many as the kernel follows

bool others_may_write(const struct stat& status) {
  if (status.st_uid != 0 || (status.st_mode & S_IWOTH) != 0) return true;
  return (status.st_mode & S_IWGRP) != 0 && status.st_gid >= kFirstOtherGroup;
}

// Sticky directories, such as /tmp: users may not remove what is root's in them.
bool is_sticky(const struct stat& status) {
  return status.st_uid == 0 && S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
}

Result<fs::path> target_of(const fs::path& link) {
  std::array<char, PATH_MAX> target{};
  const ssize_t size = ::readlink(link.c_str(), target.data(), target.size());
  if (size < 0) return os_failure("read the link " + link.string());
  return fs::path(std::string(target.data(), static_cast<std::size_t>(size)));
}

}  // namespace

Result<void> require_roots_own(const std::string& path) {
  const fs::path whole(path);
  if (!whole.is_absolute()) return failure("trust " + path + ": it is not an absolute path");
  std::deque<fs::path> rest(whole.begin(), whole.end());
  fs::path place;
  for (int links = 0; !rest.empty();) {
    const fs::path name = rest.front();
    rest.pop_front();
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      place = place.parent_path();  // the same as the kernel's: links have been resolved
      continue;
    }
    fs::path next = place / name;
    struct stat status {};
    if (::lstat(next.c_str(), &status) != 0) return os_failure("find " + next.string());
    if (S_ISLNK(status.st_mode)) {
      if (status.st_uid != 0)
        return failure("trust " + path + ": " + next.string() + " is a link that is not root's");
      if (++links > kMaxLinks) return Failure{"find " + path, ELOOP};
      auto target = target_of(next);
      if (!target) return target.error();
      rest.insert(rest.begin(), target->begin(), target->end());
      continue;
    }
    if (others_may_write(status) && (rest.empty() || !is_sticky(status))) {
      return failure("trust " + path + ": " + next.string() +
                     " can be written by others than root");
    }
    place = std::move(next);
  }
  return {};
}

}  // namespace executor
