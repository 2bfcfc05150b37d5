// What zygotes may be started with, as the launcher's own command line determines: wire/launch.h.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "launcher/options.h"

namespace executor {

struct Setups {
  std::map<std::uint64_t, std::string> known;  // by digest: encoded messages, nothing decoded here
  bool only_uid = false;                       // no other tier may be used
};

// What the responder's command prints with kPrintSetups. A failure names the line.
Result<Setups> parse_setups(std::string_view printed);

// Runs the responder's command for it, as root without any capability, and waits for its end. Runs
// only a program that root alone can change.
Result<Setups> ask_for_setups(const LauncherOptions& options);

}  // namespace executor
