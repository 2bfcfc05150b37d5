#include "runner/outputs.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/deadline.h"
#include "base/fd.h"

namespace executor {
namespace {

// More files than this are named as omitted, and more of those not at all.
constexpr std::size_t kMaxFiles = 1000;
constexpr std::size_t kMaxOmitted = 100;
// Names that are looked at, and how long.
constexpr std::size_t kMaxNames = 20'000;
constexpr auto kMaxTime = std::chrono::seconds(1);
// Each open directory is a descriptor.
constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxPath = 1024;
// What an attachment takes besides its name and bytes.
constexpr std::size_t kHead = 16;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

// Of a directory, or a file, that has become something else since it was found.
bool is_gone() {
  return errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
}

// The names in a directory but for "." and "..", sorted; at most `most`. Nothing, with errno, where
// it cannot be read.
std::optional<std::vector<std::string>> names_in(int directory, std::size_t most) {
  const int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const Directory entries(copy >= 0 ? ::fdopendir(copy) : nullptr);
  if (!entries) {
    const int error = errno;
    if (copy >= 0) ::close(copy);
    errno = error;
    return std::nullopt;
  }
  std::vector<std::string> names;
  while (names.size() < most) {
    const dirent* entry = ::readdir(entries.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

// One pass over the working directory.
class OutputWalk {
 public:
  OutputWalk(const OutputCollector& wanted, std::uint64_t max_bytes,
             std::vector<Attachment>& attachments)
      : wanted_(wanted), room_(max_bytes), attachments_(attachments) {}

  // False, with errno, when the directory cannot be read.
  [[nodiscard]] bool visit(int directory, const std::string& prefix, std::size_t depth) {
    const auto names = names_in(directory, kMaxNames - names_);
    if (!names) return false;
    for (const std::string& name : *names) {
      ++names_;
      if (names_ >= kMaxNames || deadline_.passed()) return true;
      const std::string path = prefix + name;
      struct stat status {};
      if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
      if (S_ISDIR(status.st_mode)) {
        visit_directory(directory, name, path, depth);
      } else if (S_ISREG(status.st_mode) && wanted_.matches(path)) {
        take(directory, name, path);
      }
    }
    return true;
  }
  [[nodiscard]] bool complete() const { return names_ < kMaxNames && !deadline_.passed(); }
  void omit(const std::string& path, std::string reason) {
    if (++omitted_ > kMaxOmitted) return;
    attachments_.push_back({AttachmentKind::kOmittedFile, path, std::move(reason)});
  }

 private:
  void visit_directory(int parent, const std::string& name, const std::string& path,
                       std::size_t depth) {
    if (depth == kMaxDepth || path.size() >= kMaxPath) return omit(path, "nested too deeply");
    const UniqueFd directory(
        ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (directory && visit(directory.get(), path + "/", depth + 1)) return;
    if (!is_gone()) omit(path, "cannot be read");
  }

  // What is no longer a regular file since it was found is left alone: opening it does not
  // block.
  void take(int directory, const std::string& name, const std::string& path) {
    const UniqueFd file(::openat(directory, name.c_str(),
                                 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) return omit(path, "cannot be read");
    if (!S_ISREG(status.st_mode)) return;
    if (path.size() > kMaxPath) return omit(path.substr(0, kMaxPath), "the path is too long");
    if (files_ == kMaxFiles) return omit(path, "more than 1000 files");
    if (static_cast<std::uint64_t>(status.st_size) > room_) return omit(path, "too large");
    std::string bytes;
    if (!read(file.get(), bytes)) return omit(path, "too large");
    if (wanted_.unchanged(path, bytes)) return;
    room_ -= std::min<std::uint64_t>(room_, bytes.size() + path.size() + kHead);
    ++files_;
    attachments_.push_back({AttachmentKind::kFile, path, std::move(bytes)});
  }

  // False when there is more than there is room for: the file may grow while it is read.
  [[nodiscard]] bool read(int file, std::string& bytes) const {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): read only where it was written
    std::array<char, 65536> part;
    for (;;) {
      const ssize_t size = ::read(file, part.data(), part.size());
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) return size == 0;
      bytes.append(part.data(), static_cast<std::size_t>(size));
      if (bytes.size() > room_) return false;
    }
  }

  const OutputCollector& wanted_;
  std::uint64_t room_;
  std::vector<Attachment>& attachments_;
  std::size_t names_ = 0, files_ = 0, omitted_ = 0;
  Deadline deadline_ = Deadline::after(kMaxTime);
};

OutputCollector::OutputCollector(const Job& job) : all_(job.outputs.changed) {
  if (!job.outputs.any()) return;
  for (const std::string& glob : job.outputs.globs) globs_.emplace_back(glob);
  if (all_) {
    for (const auto& [path, bytes] : job.files) given_[path] = std::hash<std::string>()(bytes);
  }
  std::array<char, PATH_MAX> directory{};
  if (::getcwd(directory.data(), directory.size()) != nullptr) directory_ = directory.data();
}

bool OutputCollector::matches(const std::string& path) const {
  if (all_) return true;
  const PathCharacters characters = path_characters(path);
  return std::any_of(globs_.begin(), globs_.end(),
                     [&characters](const Glob& glob) { return glob.matches(characters); });
}

bool OutputCollector::unchanged(const std::string& path, const std::string& bytes) const {
  const auto given = given_.find(path);
  return given != given_.end() && given->second == std::hash<std::string>()(bytes);
}

void OutputCollector::collect(std::uint64_t max_bytes, std::vector<Attachment>& attachments) const {
  if (directory_.empty()) return;
  const UniqueFd directory(
      ::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  collect_from(directory.get(), max_bytes, attachments);
}

void OutputCollector::collect_from(int directory, std::uint64_t max_bytes,
                                   std::vector<Attachment>& attachments) const {
  OutputWalk walk(*this, max_bytes, attachments);
  if (!walk.visit(directory, "", 0)) return walk.omit("...", "cannot be read");
  if (!walk.complete()) walk.omit("...", "more names than are looked at");
}

}  // namespace executor
