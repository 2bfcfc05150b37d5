// What the tests of the doctor have in common: facts of a machine on which all is well, and looking
// for words among findings.
#pragma once

#include <cstdint>
#include <string>

#include "doctor/caller.h"
#include "doctor/finding.h"
#include "doctor/firejail.h"
#include "doctor/kernel.h"
#include "doctor/needs.h"
#include "doctor/socket.h"

namespace executor::test {

// The machine on which everything is as it should be.
inline KernelFacts good_kernel() {
  return {"6.1.0-18-amd64", true, true, true, true, true, 2};
}
inline CallerFacts good_caller() {
  return {995, "python-executor", false, ~std::uint64_t{0}, 20'000};
}
inline FirejailFacts good_firejail() {
  return {"/usr/bin/firejail",
          "/etc/firejail/python-executor.profile",
          true,
          true,
          false,
          "firejail version 0.9.72",
          FirejailVersion{0, 9, 72},
          true,
          {}};
}
inline SocketFacts good_socket() {
  return {"/run/x/s", "/run/x", false, true, true, 0750, {}, "python-executor", "www-data"};
}

// The lines of the section whose result is `result`, those of a test's own words first.
inline std::string lines_with(const Section& section, CheckResult result) {
  Section only{section.title, {}};
  for (const Finding& finding : section.findings) {
    if (finding.result == result) only.findings.push_back(finding);
  }
  return rendered(only);
}

inline bool is_absent(const Section& section, const std::string& words) {
  return lines_with(section, CheckResult::kAbsent).find(words) != std::string::npos;
}
inline bool is_verified(const Section& section, const std::string& words) {
  return lines_with(section, CheckResult::kVerified).find(words) != std::string::npos;
}

inline constexpr Needs kFull{true, true};
inline constexpr Needs kLowest{false, false};

}  // namespace executor::test
