// Whether firejail is there, new enough, and may be used.
#pragma once

#include <optional>
#include <string>

#include "doctor/finding.h"
#include "doctor/needs.h"
#include "jail/firejail.h"

namespace executor {

struct FirejailFacts {
  std::string program, profile;
  bool executable = false;
  bool setuid_root = false;
  bool nosuid = false;  // its file system ignores setuid bits
  std::string printed;  // by --version
  std::optional<FirejailVersion> version;
  bool profile_readable = false;
  std::optional<bool> user_listed;  // in /etc/firejail/firejail.users; empty: there is no such file
  bool refused = false;             // it ended with a failure when asked for its version
};

// `user` is the caller's name, for firejail's list of users.
FirejailFacts survey_firejail(const FirejailOptions& options, const std::string& user);
Section judge_firejail(const FirejailFacts& facts, const Needs& needs, const std::string& user);

}  // namespace executor
