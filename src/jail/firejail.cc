#include "jail/firejail.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "jail/process.h"
#include "jail/profile.h"

namespace executor {
namespace {

constexpr const char* kInstall = " (install the Debian package firejail)";

Result<void> check_setuid(const std::string& program) {
  struct stat status {};
  if (::stat(program.c_str(), &status) != 0) return os_failure("find " + program);
  if ((status.st_mode & S_ISUID) == 0 || status.st_uid != 0) {
    return failure(program + " is not setuid root, so it cannot make a jail" + kInstall);
  }
  return {};
}

}  // namespace

std::string to_text(const FirejailVersion& version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
         std::to_string(version.patch);
}

Result<FirejailVersion> parse_firejail_version(std::string_view output) {
  FirejailVersion version;
  const std::string first(output.substr(0, output.find('\n')));
  // Where it may not mount, its output begins with a warning.
  while (output.starts_with("Warning:") && output.find('\n') != output.npos) {
    output.remove_prefix(output.find('\n') + 1);
  }
  const std::string line(output.substr(0, output.find('\n')));
  if (std::sscanf(line.c_str(), "firejail version %d.%d.%d", &version.major, &version.minor,
                  &version.patch) < 2) {
    return failure("read firejail's version from \"" + first + "\"");
  }
  return version;
}

Result<void> check_firejail(const FirejailOptions& options) {
  if (::access(options.program.c_str(), X_OK) != 0) {
    return os_failure("find " + options.program + kInstall);
  }
  auto output = output_of({options.program, "--version"});
  if (!output) return output.error();
  const auto version = parse_firejail_version(*output);
  if (!version) return version.error();
  if (*version < kOldestFirejail) {
    return failure("firejail " + to_text(*version) + " is too old: " + to_text(kOldestFirejail) +
                   " or newer is needed" + kInstall);
  }
  if (auto setuid = check_setuid(options.program); !setuid) return setuid;
  return check_profile_file(options.profile);
}

std::vector<std::string> firejail_command(const FirejailOptions& options) {
  return {options.program, "--quiet", "--profile=" + options.profile,
          "--keep-fd=" + std::to_string(kRunnerFd),
          // Without "--" before it: then firejail executes the program itself, not the account's
          // login shell, which is nologin.
          "/proc/self/fd/" + std::to_string(kRunnerFd)};
}

}  // namespace executor
