// Every setting of the responder: its name, unit, default and meaning in one table, read from the
// command line, the environment and a file, in that order of precedence.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "contract/request.h"
#include "execution/service.h"
#include "front/fastcgi.h"
#include "telemetry/log.h"

namespace executor {

struct Config {
  ServiceOptions service;
  FastCgiOptions front;
  RequestLimits request;
  LogFormat log_format = LogFormat::kText;
  std::chrono::duration<double> grace{9};           // for running scripts when the service stops
  std::chrono::duration<double> front_timeout{75};  // after which nginx gives a request up
  int ready_fd = -1;        // told READY=1 when the service is ready; -1: nobody
  bool check_only = false;  // --check-config
  bool doctor = false;      // --doctor
};

// Either a configuration, or text to print and leave with: --help, --version.
struct Command {
  Config config;
  std::optional<std::string> answer;
};

// The version of this program.
std::string version();

// The first setting in which the two differ and that only a new start can change; empty when there
// is none.
std::string fixed_at_start(const Config& now, const Config& next);

// Reads the whole configuration. A failure is one line that names the setting, with file and line
// where it comes from a file; unknown settings are failures.
Result<Command> read_config(int argc, const char* const* argv);

}  // namespace executor
