// firejail, the outer jail: whether this machine's is usable, and its command line.
//
// firejail fails open, silently and with a good exit code, where it believes it is inside a
// container, so nothing here proves a jail. jail/attestation.h does that.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace executor {

struct FirejailOptions {
  std::string program = "/usr/bin/firejail";
  std::string profile = "/etc/firejail/python-executor.profile";
};

// The descriptor under which the runner finds itself opened: its path may be hidden by the profile.
inline constexpr int kRunnerFd = 3;

struct FirejailVersion {
  int major = 0, minor = 0, patch = 0;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 inside <=> for a pointer
  auto operator<=>(const FirejailVersion&) const = default;
};
// Older ones have known escapes (CVE-2022-31214 among them).
inline constexpr FirejailVersion kOldestFirejail{0, 9, 72};
// "0.9.72"
std::string to_text(const FirejailVersion& version);

// The version in the output of `firejail --version`; a failure when it contains none.
Result<FirejailVersion> parse_firejail_version(std::string_view output);

// Checks that the program is there, is setuid root, is new enough, and that the profile can be
// read. A failure says what to do about it.
Result<void> check_firejail(const FirejailOptions& options);

// The command line, program first, that runs the runner which is open as kRunnerFd.
std::vector<std::string> firejail_command(const FirejailOptions& options);

}  // namespace executor
