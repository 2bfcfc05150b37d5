#include "config/config.h"

#include <algorithm>
#include <boost/program_options.hpp>
#include <cmath>
#include <cstdio>
#include <regex>
#include <sstream>
#include <thread>

#include "config/body_memory.h"
#include "config/choices.h"
#include "config/clients_table.h"
#include "config/help.h"
#include "config/nginx_table.h"
#include "config/places.h"
#include "config/preload.h"
#include "config/sources.h"
#include "front/listener.h"

namespace executor {
namespace {

namespace po = boost::program_options;

constexpr const char* kVersion = "1.0.0";

constexpr std::uint64_t kKilobyte = 1024;
constexpr std::uint64_t kMegabyte = 1024 * kKilobyte;

struct Raw {
  std::uint32_t workers = 0, queue = 0, ready = 0;
  std::uint32_t processes = 0, open_files = 0, cpu_seconds = 0, scratch_files = 0;
  std::uint64_t memory_mb = 0, output_kb = 0, result_kb = 0, file_mb = 0, scratch_mb = 0;
  std::uint64_t body_kb = 0, body_memory_mb = 0;
  double grace = 0, recycle = 0, attest = 0, front_timeout = 0;
  double queue_wait = 0, max_timeout = 0, script_timeout = 0, code_timeout = 0;
  std::vector<std::string> preload, expose, python_path;
  std::string common, tier, minimum_tier, log_format, cgroup, uid_range, identity, landlock;
};

std::uint32_t default_workers() {
  return std::max(4U, 2 * std::thread::hardware_concurrency());
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
      "time that running scripts have to end when the service stops");
  add("recycle-seconds", setting(&raw.recycle, 3600.0),
      "age at which a zygote is replaced by a new one; 0: never");
  add("attest-seconds", setting(&raw.attest, 300.0),
      "how often the sandbox is proven again; 0: for each new zygote only");
  add("max-body-kb", setting(&raw.body_kb, 8192UL),
      "request body; the program in it has at most 1 MB");
  add("body-memory-mb", setting(&raw.body_memory_mb, 0UL),
      "memory that all bodies and answers in the responder have together: requests wait for it, or "
      "get 503; 0: 256, or as much as the largest request needs if that is more");
  add("socket", po::value(&config.front.socket)->default_value(kUsualSocket),
      "the FastCGI socket: a path, or ADDRESS:PORT for a trusted network");
  add("log-format", setting(&raw.log_format, std::string("text")),
      "of the log on standard error: text, or json for one object a line");
  add("ready-fd", setting(&config.ready_fd, -1),
      "descriptor to which READY=1 is written once scripts can run");
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
  add("run-identity", setting(&raw.identity, std::string("auto")),
      "in the tiers full and namespaces: own (each run has a user id of its own on the host, from "
      "/etc/subuid and /etc/subgid), shared (the service's), or auto: own where that can be had");
  add("landlock", setting(&raw.landlock, std::string("auto")),
      "in the tier uid: required (the tier is refused where the kernel has no Landlock), or auto: "
      "used where it can be had");
  add("launcher-fd", setting(&jail.launcher_fd, -1),
      "socket to python-executor-launcher, which sets it: the tier uid needs it");
  add("uid-range", setting(&raw.uid_range, std::string("20000-29999")),
      "user ids that workers get in the tier uid; set by the launcher as well");
  add("runner",
      po::value(&jail.runner)->default_value(default_runner(), "where it was installed or built"),
      "the program that runs inside the jail");
  add("firejail", setting(&jail.firejail.program, jail.firejail.program), "the firejail program");
  add("firejail-profile",
      po::value(&jail.firejail.profile)
          ->default_value(default_profile(), FirejailOptions().profile),
      "the profile of the outer jail; for a program in its build directory, the checkout's");
  return table;
}

struct Bounds {
  const char* name;
  double value;
  double most;
};

// The largest values that the rooms can handle. Larger ones are mistakes, and would overflow there.
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
          {"max-timeout-seconds", raw.max_timeout, kDay},
          {"script-timeout-seconds", raw.script_timeout, kDay},
          {"code-timeout-seconds", raw.code_timeout, kDay}};
}

std::string rounded(double seconds) {
  std::ostringstream text;
  text << seconds;
  return text.str();
}

double longest_request(const Raw& raw) {
  return raw.queue_wait + double(kLongestStart.count()) + raw.max_timeout;
}

double front_timeout_of(const Raw& raw) {
  constexpr double kAtLeast = 75;
  constexpr double kMore = 5;
  return raw.front_timeout != 0 ? raw.front_timeout
                                : std::max(kAtLeast, longest_request(raw) + kMore);
}

std::uint32_t address_connections_of(const Raw& raw, std::uint32_t set) {
  constexpr std::uint32_t kAtLeast = 512;
  return set != 0 ? set : std::max(kAtLeast, 2 * (raw.workers + raw.queue));
}

BodyMemory body_memory_of(const Raw& raw) {
  return {.set_mb = raw.body_memory_mb,
          .body = raw.body_kb * kKilobyte,
          .output = raw.output_kb * kKilobyte,
          .result = raw.result_kb * kKilobyte};
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
  for (const auto& [name, value] : {std::pair("recycle-seconds", raw.recycle),
                                    {"attest-seconds", raw.attest},
                                    {"front-timeout-seconds", raw.front_timeout}}) {
    if (value >= 0 && value <= 1e9) continue;
    return failure(std::string(name) + " must be at least 0 and at most 1000000000");
  }
  if (auto fine = check_body_memory(body_memory_of(raw)); !fine) return fine;
  const double longest = longest_request(raw);
  if (!(front_timeout_of(raw) > longest)) {
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
                    .default_program_timeout = std::chrono::duration<double>(raw.code_timeout),
                    .run = {.memory = sandbox.memory,
                            .cpu_seconds = sandbox.cpu_seconds,
                            .output = config.service.run.output,
                            .result = sandbox.result,
                            .processes = sandbox.processes,
                            .scratch = sandbox.scratch,
                            .file_size = sandbox.file_size,
                            .open_files = sandbox.open_files}};
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

// The settings whose value is one of a few words.
Result<void> apply_choices(const Raw& raw, Config& config) {
  const auto format = parse_log_format(raw.log_format);
  if (!format) return format.error();
  config.log_format = *format;
  const auto cgroup = parse_cgroup_mode(raw.cgroup);
  if (!cgroup) return cgroup.error();
  config.service.cgroup = *cgroup;
  const auto identity = parse_run_identity(raw.identity);
  if (!identity) return identity.error();
  config.service.jail.identity = *identity;
  const auto landlock = parse_landlock_mode(raw.landlock);
  if (!landlock) return landlock.error();
  config.service.landlock = *landlock;
  return {};
}

void apply_service(const Raw& raw, Config& config) {
  config.service.workers = raw.workers;
  config.service.queue = raw.queue;
  config.service.recycle = std::chrono::duration<double>(raw.recycle);
  config.service.attest = std::chrono::duration<double>(raw.attest);
  config.front_timeout = std::chrono::duration<double>(front_timeout_of(raw));
  config.nginx.address_connections = address_connections_of(raw, config.nginx.address_connections);
  config.grace = std::chrono::duration<double>(raw.grace);
  config.service.queue_wait = std::chrono::duration<double>(raw.queue_wait);
  config.front.threads = raw.workers + raw.queue + kSpareThreads;
  config.front.max_body = raw.body_kb * kKilobyte;
  config.front.log_addresses = config.nginx.log_addresses;
  config.front.memory_wait = config.service.queue_wait;
  config.body_memory = bytes_of(body_memory_of(raw));
  config.front.max_undelivered = config.body_memory / 4;
  Setup& setup = config.service.setup;
  setup.expose = raw.expose;
  setup.expose.insert(setup.expose.end(), raw.python_path.begin(), raw.python_path.end());
  setup.path = raw.python_path;
}

Result<void> apply_sets(const Raw& raw, ServiceOptions& service) {
  for (const std::string& text : raw.preload) {
    auto set = parse_preload_set(text, raw.common, raw.ready);
    if (!set) return set.error();
    for (const PreloadSet& other : service.sets) {
      if (other.name == set->name) return failure("preload names two sets " + set->name);
    }
    service.sets.push_back(std::move(*set));
  }
  return {};
}

Result<void> apply(const Raw& raw, Config& config) {
  if (auto applied = apply_uid_range(raw, config.service.setup.uids); !applied) return applied;
  if (auto applied = apply_tiers(raw, config.service); !applied) return applied;
  if (auto applied = apply_choices(raw, config); !applied) return applied;
  apply_limits(raw, config);
  apply_service(raw, config);
  return apply_sets(raw, config.service);
}

}  // namespace

std::string fixed_at_start(const Config& now, const Config& next) {
  if (now.front.socket != next.front.socket) return "socket";
  if (now.front.max_body != next.front.max_body) return "max-body-kb";
  if (now.body_memory != next.body_memory) return "body-memory-mb";
  if (now.front_timeout != next.front_timeout) return "front-timeout-seconds";
  if (now.service.cgroup != next.service.cgroup) return "cgroup";
  if (now.nginx.log_addresses != next.nginx.log_addresses) return "log-addresses";
  return now.log_format != next.log_format ? "log-format" : "";
}

std::string version() {
  return kVersion;
}

namespace {

// What --help, -h or the command help asks about, "" where it is nothing in particular; empty where
// no word asks. Before anything is read: an answer helps whatever else is wrong.
std::optional<std::string_view> help_asked_for(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word != "--help" && word != "-h" && !(i == 1 && word == "help")) continue;
    return i + 1 < argc ? argv[i + 1] : "";
  }
  return std::nullopt;
}

}  // namespace

Result<Command> read_config(int argc, const char* const* argv) {
  Command command;
  Raw raw;
  std::string file;
  po::options_description own("Command line only");
  own.add_options()(
      "help,h",
      "say how to use it; --help TOPIC and --help SETTING say more of one, --help all of all")(
      "version", "show the version")("check-config", po::bool_switch(&command.config.check_only),
                                     "check the configuration and leave")(
      "doctor", po::bool_switch(&command.config.doctor),
      "say whether this machine can serve, and what it lacks of what the service needs, and leave")(
      "verbose", po::bool_switch(&command.config.verbose), "with --doctor: every fact as well")(
      "print-setups", po::bool_switch(&command.config.print_setups),
      "print what python-executor-launcher starts zygotes with, and leave")(
      "nginx-config", po::value(&command.config.nginx_directory),
      "write what nginx must know of the settings into this directory, and leave")(
      "openapi", po::value(&command.config.openapi_template),
      "print this description of the API with the settings filled in, and leave")(
      "config", po::value(&file), "read settings from a file, \"name = value\" a line");
  const auto service = service_table(raw, command.config);
  const auto nginx = nginx_table(raw.front_timeout, command.config.nginx);
  const auto clients = clients_table(command.config.clients);
  const auto limits = limits_table(raw, command.config);
  const auto sandbox = sandbox_table(raw, command.config);
  po::options_description table;
  table.add(service).add(nginx).add(clients).add(limits).add(sandbox);
  po::options_description all;
  all.add(own).add(table);
  if (const auto about = help_asked_for(argc, argv)) {
    auto text =
        help(*about, {{"commands", {}, &own},
                      {"service", {"workers", "queue", "grace-seconds", "log-format"}, &service},
                      {"nginx", {"api-keys-file", "log-addresses"}, &nginx},
                      {"clients", {"mcp", "compat", "cors-origins"}, &clients},
                      {"limits", {"max-timeout-seconds", "memory-limit-mb", "processes"}, &limits},
                      {"sandbox", {"python-path", "preload", "minimum-tier"}, &sandbox}});
    if (!text) return text.error();
    command.answer = std::move(*text);
    return command;
  }
  try {
    po::variables_map values;
    if (auto read = read_command_line(argc, argv, all, values, command.origins); !read)
      return read.error();
    if (auto read = read_environment(all, values, command.origins); !read) return read.error();
    if (values.count("version") != 0) {
      command.answer = std::string("python-executor ") + kVersion + "\n";
      return command;
    }
    if (values.count("config") != 0) {
      if (auto read = read_file(values["config"].as<std::string>(), table, values, command.origins);
          !read) {
        return read.error();
      }
    }
    po::notify(values);
  } catch (const po::error& error) {
    return failure(error.what());
  }
  auto fine = check(raw);
  if (fine) fine = check_nginx(command.config.nginx);
  if (fine) fine = check_clients(command.config.clients);
  if (fine) fine = apply(raw, command.config);
  if (!fine) return failure(with_origin(fine.error().text(), command.origins));
  return command;
}

}  // namespace executor
