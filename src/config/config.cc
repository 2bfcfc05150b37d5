#include "config/config.h"

#include <algorithm>
#include <boost/program_options.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <regex>
#include <sstream>
#include <thread>

#include "config/preload.h"
#include "config/sources.h"

namespace executor {
namespace {

namespace po = boost::program_options;

constexpr const char* kVersion = "1.0.0";

constexpr std::uint64_t kKilobyte = 1024;
constexpr std::uint64_t kMegabyte = 1024 * kKilobyte;

// Threads beside those that runs and the queue may hold: for /health and for refusals.
constexpr std::uint32_t kSpareThreads = 8;

struct Raw {
  std::uint32_t workers = 0, queue = 0, ready = 0;
  std::uint32_t processes = 0, open_files = 0, cpu_seconds = 0, scratch_files = 0;
  std::uint64_t memory_mb = 0, output_kb = 0, result_kb = 0, file_mb = 0, scratch_mb = 0;
  std::uint64_t body_kb = 0;
  double grace = 0, recycle = 0, attest = 0, front_timeout = 0;
  double queue_wait = 0, max_timeout = 0, script_timeout = 0, code_timeout = 0;
  std::vector<std::string> preload, expose, python_path;
  std::string common, tier, minimum_tier, log_format, cgroup, uid_range;
};

std::uint32_t default_workers() {
  return std::max(4U, 2 * std::thread::hardware_concurrency());
}

// Beside the program, as they are built, or in libexec, as they are installed.
std::string default_runner() {
  namespace fs = std::filesystem;
  constexpr const char* kName = "python-executor-runner";
  std::error_code ignored;
  const fs::path directory = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  const fs::path installed = directory.parent_path() / "libexec/python-executor" / kName;
  return fs::exists(installed, ignored) ? installed : directory / kName;
}

template <typename T>
po::typed_value<T>* setting(T* to, T value) {
  return po::value<T>(to)->default_value(value);
}

po::options_description limits_table(Raw& raw, Config& config) {
  SandboxLimits& sandbox = config.service.setup.limits;
  po::options_description table("Limits of one run");
  auto add = table.add_options();
  add("max-timeout-seconds", setting(&raw.max_timeout, 30.0),
      "longest wall-clock time that a request may ask for");
  add("script-timeout-seconds", setting(&raw.script_timeout, 30.0),
      "wall-clock time of a script that asks for none");
  add("code-timeout-seconds", setting(&raw.code_timeout, 5.0), "the same for code");
  add("cpu-limit-seconds", setting(&raw.cpu_seconds, sandbox.cpu_seconds),
      "CPU time of one process");
  add("memory-limit-mb", setting(&raw.memory_mb, sandbox.memory / kMegabyte),
      "memory of a run, all of its processes together");
  add("max-output-kb", setting(&raw.output_kb, 1024UL),
      "stdout of a run, and the same again of stderr");
  add("max-result-kb", setting(&raw.result_kb, sandbox.result / kKilobyte),
      "what main() returns, as JSON");
  add("file-size-limit-mb", setting(&raw.file_mb, sandbox.file_size / kMegabyte), "one file");
  add("scratch-limit-mb", setting(&raw.scratch_mb, sandbox.scratch / kMegabyte),
      "home, /tmp and /dev/shm together");
  add("scratch-files",
      setting(&raw.scratch_files, static_cast<std::uint32_t>(sandbox.scratch_inodes)),
      "files and directories in them");
  add("processes", setting(&raw.processes, sandbox.processes), "processes and threads");
  add("open-files", setting(&raw.open_files, sandbox.open_files), "descriptors of one process");
  add("cgroup", setting(&raw.cgroup, std::string("auto")),
      "a cgroup of its own for each run: auto (where one is delegated), required or off");
  return table;
}

po::options_description service_table(Raw& raw, Config& config) {
  po::options_description table("Service");
  auto add = table.add_options();
  add("workers",
      po::value(&raw.workers)
          ->default_value(default_workers(), "two for each processor, at least 4"),
      "runs at once");
  add("ready", setting(&raw.ready, 4U), "workers kept ready in each preload set");
  add("queue", setting(&raw.queue, 64U), "requests that may wait for a run to end");
  add("queue-wait-seconds", setting(&raw.queue_wait, 10.0), "longest wait in the queue");
  add("grace-seconds", setting(&raw.grace, 9.0),
      "time that running scripts have to end when the service is told to stop");
  add("recycle-seconds", setting(&raw.recycle, 3600.0),
      "age at which a zygote is replaced by a new one; 0: never");
  add("attest-seconds", setting(&raw.attest, 300.0),
      "how often the sandbox is proven again; 0: for each new zygote only");
  add("front-timeout-seconds", setting(&raw.front_timeout, 75.0),
      "nginx's fastcgi_read_timeout, which must exceed all waits and the longest run together");
  add("max-body-kb", setting(&raw.body_kb, 1024UL),
      "request body; nginx's client_max_body_size goes with it");
  add("socket",
      po::value(&config.front.socket)->default_value("/run/python-executor/responder.sock"),
      "the FastCGI socket: a path, or ADDRESS:PORT for a trusted network");
  add("log-format", setting(&raw.log_format, std::string("text")),
      "of the log on standard error: text, or json for one object a line");
  add("ready-fd", setting(&config.ready_fd, -1),
      "descriptor that is told READY=1 once scripts can run");
  return table;
}

po::options_description sandbox_table(Raw& raw, Config& config) {
  JailOptions& jail = config.service.jail;
  po::options_description table("Sandbox");
  auto add = table.add_options();
  add("preload", po::value(&raw.preload)->default_value(default_preload(), shown_default_preload()),
      "a preload set, \"NAME[=READY]: MODULE ... [+ MODULE ...]\": a script that names a module in "
      "front of the plus gets a worker of the first such set, with all of its modules imported; "
      "READY workers are kept ready; may be given several times");
  add("preload-common", setting(&raw.common, default_common_modules()),
      "modules of the standard library that every set has imported");
  add("expose", po::value(&raw.expose), "a path that scripts may read; may be given several times");
  add("python-path", po::value(&raw.python_path),
      "a directory of modules, exposed and put in front of sys.path; may be given several times");
  add("tier", setting(&raw.tier, std::string("auto")),
      "full, namespaces or uid; auto is the highest that attests");
  add("minimum-tier", setting(&raw.minimum_tier, std::string("full")),
      "the lowest tier in which scripts may run");
  add("launcher-fd", setting(&jail.launcher_fd, -1),
      "socket to python-executor-launcher, which sets it: the tier uid needs it");
  add("uid-range", setting(&raw.uid_range, std::string("20000-29999")),
      "user ids that workers get in the tier uid; set by the launcher as well");
  add("runner",
      po::value(&jail.runner)->default_value(default_runner(), "where it was installed or built"),
      "the program that runs inside the jail");
  add("firejail", setting(&jail.firejail.program, jail.firejail.program), "the firejail program");
  add("firejail-profile", setting(&jail.firejail.profile, jail.firejail.profile),
      "the profile of the outer jail");
  return table;
}

struct Bounds {
  const char* name;
  double value;
  double most;
};

// What the rooms can count with. Larger values are slips, and would overflow further in.
std::vector<Bounds> bounds_of(const Raw& raw) {
  constexpr double kMostRuns = 10'000;
  constexpr double kMostCount = 10'000'000;
  constexpr double kMostMegabytes = 1 << 24;
  constexpr double kMostKilobytes = 1 << 20;  // lengths on the wire have 32 bits
  constexpr double kDay = 86'400;
  return {{"workers", double(raw.workers), kMostRuns},
          {"ready", double(raw.ready), kMostRuns},
          {"processes", double(raw.processes), kMostCount},
          {"open-files", double(raw.open_files), kMostCount},
          {"scratch-files", double(raw.scratch_files), kMostCount},
          {"memory-limit-mb", double(raw.memory_mb), kMostMegabytes},
          {"file-size-limit-mb", double(raw.file_mb), kMostMegabytes},
          {"scratch-limit-mb", double(raw.scratch_mb), kMostMegabytes},
          {"max-output-kb", double(raw.output_kb), kMostKilobytes},
          {"max-result-kb", double(raw.result_kb), kMostKilobytes},
          {"max-body-kb", double(raw.body_kb), kMostKilobytes},
          {"cpu-limit-seconds", double(raw.cpu_seconds), kDay},
          {"queue-wait-seconds", raw.queue_wait, kDay},
          {"grace-seconds", raw.grace, kDay},
          {"front-timeout-seconds", raw.front_timeout, kDay},
          {"max-timeout-seconds", raw.max_timeout, kDay},
          {"script-timeout-seconds", raw.script_timeout, kDay},
          {"code-timeout-seconds", raw.code_timeout, kDay}};
}

std::string rounded(double seconds) {
  std::ostringstream text;
  text << seconds;
  return text.str();
}

Result<void> check(const Raw& raw) {
  constexpr std::uint32_t kMostQueue = 100'000;
  for (const Bounds& bounds : bounds_of(raw)) {
    if (bounds.value > 0 && bounds.value <= bounds.most) continue;  // NaN is neither
    return failure(std::string(bounds.name) + " must be greater than 0 and at most " +
                   std::to_string(static_cast<long>(bounds.most)));
  }
  if (raw.queue > kMostQueue) {
    return failure("queue must be at most " + std::to_string(kMostQueue));
  }
  for (const auto& [name, value] :
       {std::pair("recycle-seconds", raw.recycle), {"attest-seconds", raw.attest}}) {
    if (value >= 0 && value <= 1e9) continue;
    return failure(std::string(name) + " must be at least 0 and at most 1000000000");
  }
  const double longest = raw.queue_wait + kLongestStart.count() + raw.max_timeout;
  if (raw.front_timeout <= longest) {
    return failure("front-timeout-seconds must be more than the " + rounded(longest) +
                   " s that queue-wait-seconds, " + std::to_string(kLongestStart.count()) +
                   " s for the start and max-timeout-seconds are together");
  }
  if (raw.script_timeout > raw.max_timeout || raw.code_timeout > raw.max_timeout) {
    return failure(
        "script-timeout-seconds and code-timeout-seconds must not exceed max-timeout-seconds");
  }
  return {};
}

Result<CgroupMode> parse_cgroup_mode(const std::string& text) {
  if (text == "auto") return CgroupMode::kAuto;
  if (text == "required") return CgroupMode::kRequired;
  if (text == "off") return CgroupMode::kOff;
  return failure("cgroup must be auto, required or off, not \"" + text + "\"");
}

void apply_limits(const Raw& raw, Config& config) {
  SandboxLimits& sandbox = config.service.setup.limits;
  sandbox.memory = raw.memory_mb * kMegabyte;
  sandbox.file_size = raw.file_mb * kMegabyte;
  sandbox.scratch = raw.scratch_mb * kMegabyte;
  sandbox.scratch_inodes = raw.scratch_files;
  sandbox.result = raw.result_kb * kKilobyte;
  sandbox.cpu_seconds = raw.cpu_seconds;
  sandbox.processes = raw.processes;
  sandbox.open_files = raw.open_files;
  config.service.run = {.output = raw.output_kb * kKilobyte,
                        .result = sandbox.result,
                        .memory = sandbox.memory,
                        .cpu = std::chrono::seconds(sandbox.cpu_seconds)};
  config.request = {.max_timeout = std::chrono::duration<double>(raw.max_timeout),
                    .default_function_timeout = std::chrono::duration<double>(raw.script_timeout),
                    .default_program_timeout = std::chrono::duration<double>(raw.code_timeout)};
}

Result<LogFormat> parse_log_format(const std::string& text) {
  if (text == "text") return LogFormat::kText;
  if (text == "json") return LogFormat::kJson;
  return failure("log-format must be text or json, not \"" + text + "\"");
}

Result<void> apply_tiers(const Raw& raw, ServiceOptions& service) {
  const auto minimum = tier_of(raw.minimum_tier);
  if (!minimum) return failure("minimum-tier must be full, namespaces or uid");
  service.minimum_tier = *minimum;
  if (raw.tier == "auto") return {};
  service.tier = tier_of(raw.tier);
  if (!service.tier) return failure("tier must be auto, full, namespaces or uid");
  if (*service.tier >= *minimum) return {};
  return failure("tier " + raw.tier + " is below minimum-tier, which is " + raw.minimum_tier);
}

Result<void> apply_uid_range(const Raw& raw, UidRange& range) {
  char rest = 0;
  if (std::sscanf(raw.uid_range.c_str(), "%u-%u%c", &range.first, &range.last, &rest) == 2 &&
      range.first <= range.last && range.first > 0) {
    return {};
  }
  return failure("uid-range must look like 20000-29999, not " + raw.uid_range);
}

Result<void> apply(const Raw& raw, Config& config) {
  if (auto applied = apply_uid_range(raw, config.service.setup.uids); !applied) return applied;
  if (auto applied = apply_tiers(raw, config.service); !applied) return applied;
  const auto format = parse_log_format(raw.log_format);
  if (!format) return format.error();
  config.log_format = *format;
  apply_limits(raw, config);
  const auto cgroup = parse_cgroup_mode(raw.cgroup);
  if (!cgroup) return cgroup.error();
  config.service.cgroup = *cgroup;
  config.service.workers = raw.workers;
  config.service.queue = raw.queue;
  config.service.recycle = std::chrono::duration<double>(raw.recycle);
  config.service.attest = std::chrono::duration<double>(raw.attest);
  config.front_timeout = std::chrono::duration<double>(raw.front_timeout);
  config.grace = std::chrono::duration<double>(raw.grace);
  config.service.queue_wait = std::chrono::duration<double>(raw.queue_wait);
  config.front.threads = raw.workers + raw.queue + kSpareThreads;
  config.front.max_body = raw.body_kb * kKilobyte;
  Setup& setup = config.service.setup;
  setup.expose = raw.expose;
  setup.expose.insert(setup.expose.end(), raw.python_path.begin(), raw.python_path.end());
  setup.path = raw.python_path;
  for (const std::string& text : raw.preload) {
    auto set = parse_preload_set(text, raw.common, raw.ready);
    if (!set) return set.error();
    for (const PreloadSet& other : config.service.sets) {
      if (other.name == set->name) return failure("preload names two sets " + set->name);
    }
    config.service.sets.push_back(std::move(*set));
  }
  return {};
}

}  // namespace

std::string fixed_at_start(const Config& now, const Config& next) {
  if (now.front.socket != next.front.socket) return "socket";
  if (now.front.max_body != next.front.max_body) return "max-body-kb";
  if (now.service.cgroup != next.service.cgroup) return "cgroup";
  return now.log_format != next.log_format ? "log-format" : "";
}

std::string version() {
  return kVersion;
}

Result<Command> read_config(int argc, const char* const* argv) {
  Command command;
  Raw raw;
  std::string file;
  po::options_description own("Command line only");
  own.add_options()("help", "show this text")("version", "show the version")(
      "check-config", po::bool_switch(&command.config.check_only),
      "check the configuration and leave")(
      "doctor", po::bool_switch(&command.config.doctor),
      "say what this machine has of what the service needs, and leave")(
      "config", po::value(&file), "read settings from a file, \"name = value\" a line");
  po::options_description table;
  table.add(service_table(raw, command.config));
  table.add(limits_table(raw, command.config));
  table.add(sandbox_table(raw, command.config));
  po::options_description all(
      "python-executor [OPTIONS]\n\nEach setting may also be given as an "
      "environment variable, PYTHON_EXECUTOR_MEMORY_LIMIT_MB for\n"
      "memory-limit-mb. The command line wins over the environment, the "
      "environment over the file.\n");
  all.add(own).add(table);
  try {
    po::variables_map values;
    if (auto read = read_command_line(argc, argv, all, values); !read) return read.error();
    if (auto read = read_environment(all, values); !read) return read.error();
    if (values.count("help") != 0) {
      std::ostringstream text;
      text << all;
      command.answer = text.str();
      return command;
    }
    if (values.count("version") != 0) {
      command.answer = std::string("python-executor ") + kVersion + "\n";
      return command;
    }
    if (values.count("config") != 0) {
      if (auto read = read_file(values["config"].as<std::string>(), table, values); !read) {
        return read.error();
      }
    }
    po::notify(values);
  } catch (const po::error& error) {
    return failure(error.what());
  }
  if (auto fine = check(raw); !fine) return fine.error();
  if (auto applied = apply(raw, command.config); !applied) return applied.error();
  return command;
}

}  // namespace executor
