#include "runner/inputs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "base/fd.h"

namespace executor {
namespace {

// Removed before there is any other file.
constexpr const char* kInputName = ".stdin";

// `what` is written, as the text of a failure names it.
Result<void> write_all(int file, std::string_view bytes, const std::string& what) {
  while (!bytes.empty()) {
    const ssize_t size = ::write(file, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return os_failure("write " + what);
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return {};
}

// The directory `name` in `parent`, made if it is not there.
Result<UniqueFd> enter_directory(int parent, const std::string& name) {
  if (::mkdirat(parent, name.c_str(), 0755) != 0 && errno != EEXIST) {
    return os_failure("make the directory " + name);
  }
  UniqueFd directory(::openat(parent, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) return os_failure("open the directory " + name);
  return directory;
}

Result<void> write_file(const InputFile& file) {
  UniqueFd directory(::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return os_failure("open the working directory");
  std::string_view path = file.path;
  for (std::size_t end = path.find('/'); end != std::string_view::npos; end = path.find('/')) {
    auto next = enter_directory(directory.get(), std::string(path.substr(0, end)));
    if (!next) return next.error();
    directory = std::move(*next);
    path.remove_prefix(end + 1);
  }
  const UniqueFd target(::openat(directory.get(), std::string(path).c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!target) return os_failure("make the file " + file.path);
  return write_all(target.get(), file.bytes, "the file " + file.path);
}

}  // namespace

Result<void> provide_input(std::string_view bytes) {
  const UniqueFd writer(
      ::open(kInputName, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400));
  if (!writer) return os_failure("make the file for stdin");
  const UniqueFd reader(::open(kInputName, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (::unlink(kInputName) != 0 || !reader) return os_failure("open the file for stdin");
  if (::dup2(reader.get(), STDIN_FILENO) < 0) return os_failure("make it descriptor 0");
  return write_all(writer.get(), bytes, "stdin");
}

Result<void> write_files(const std::vector<InputFile>& files) {
  for (const InputFile& file : files) {
    if (auto written = write_file(file); !written) return written;
  }
  return {};
}

}  // namespace executor
