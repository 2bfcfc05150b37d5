#include "config/places.h"

#include <filesystem>

#include "jail/firejail.h"

namespace executor {
namespace {

namespace fs = std::filesystem;

fs::path own_directory() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).parent_path();
}

// Where one is installed that belongs to this program, if it is installed.
fs::path installed_runner() {
  return own_directory().parent_path() / "libexec/python-executor/python-executor-runner";
}

}  // namespace

std::string default_runner() {
  std::error_code ignored;
  const auto installed = installed_runner();
  return fs::exists(installed, ignored) ? installed : own_directory() / installed.filename();
}

std::string default_profile() {
  const fs::path usual = FirejailOptions().profile;
  std::error_code ignored;
  if (fs::exists(installed_runner(), ignored)) return usual;
  for (const char* directory : {"../../firejail", "../firejail"}) {
    const fs::path path = (own_directory() / directory / usual.filename()).lexically_normal();
    if (fs::exists(path, ignored)) return path;
  }
  return usual;
}

}  // namespace executor
