// The configuration of the responder, read from the command line, the environment and a file, in
// that order of precedence. The settings are rows of config/settings.cc.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "compat/options.h"
#include "contract/request.h"
#include "execution/service.h"
#include "front/fastcgi.h"
#include "telemetry/log.h"

namespace executor {

// Threads of the front besides those for runs and the queue: for /health and for refusals.
inline constexpr std::uint32_t kSpareThreads = 8;

// What nginx gets besides the limits of a request (config/nginx.h).
struct NginxOptions {
  std::uint32_t address_connections = 512;  // requests at once from one address
  std::string keys_file;                    // empty: no request needs a key
  std::uint32_t key_rate = 50;              // requests a second of one client; 0: no limit
  std::uint32_t key_connections = 16;       // requests at once of one client; 0: no limit
  bool log_addresses = true;                // of clients, in the responder's log as in nginx's
};

struct Config {
  ServiceOptions service;
  FastCgiOptions front;
  RequestLimits request;
  NginxOptions nginx;
  ClientOptions clients;
  std::size_t body_memory = 256ULL << 20;  // bytes that all bodies and answers hold together
  LogFormat log_format = LogFormat::kText;
  std::chrono::duration<double> grace{9};           // for running scripts when the service stops
  std::chrono::duration<double> front_timeout{75};  // after which nginx gives up on a request
  int ready_fd = -1;             // READY=1 is written to it when the service is ready; -1: none
  bool check_only = false;       // --check-config
  bool doctor = false;           // --doctor
  bool verbose = false;          // --verbose: every fact of the doctor's
  bool print_setups = false;     // --print-setups, which the launcher asks for (wire/launch.h)
  std::string nginx_directory;   // --nginx-config
  std::string openapi_template;  // --openapi
  // Name and value of each setting that a reload cannot change.
  std::vector<std::pair<std::string, std::string>> at_start;
};

// Either a configuration, or text to print before exiting: --help, --version.
struct Command {
  Config config;
  std::optional<std::string> answer;
  std::map<std::string, std::string> origins;  // where each setting comes from (config/sources.h)
};

// The version of this program.
std::string version();

// The first setting in which the two differ and that only a restart can change; empty when there is
// no such setting.
std::string fixed_at_start(const Config& now, const Config& next);

// Reads the whole configuration. A failure is one line that names the setting, with file and line
// where it comes from a file; unknown settings are failures.
Result<Command> read_config(int argc, const char* const* argv);

}  // namespace executor
