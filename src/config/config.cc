#include "config/config.h"

#include <algorithm>
#include <boost/program_options.hpp>

#include "config/body_memory.h"
#include "config/clients_table.h"
#include "config/help.h"
#include "config/preload.h"
#include "config/settings.h"
#include "config/sources.h"
#include "contract/decimal.h"

namespace executor {
namespace {

namespace po = boost::program_options;

double longest_request(const Config& config) {
  return config.service.queue_wait.count() + double(kLongestStart.count()) +
         config.request.max_timeout.count();
}

// nginx waits longer than any request takes.
Result<void> derive_front_timeout(Config& config) {
  constexpr double kAtLeast = 75;
  constexpr double kMore = 5;
  const double longest = longest_request(config);
  if (config.front_timeout.count() == 0) {
    config.front_timeout = std::chrono::duration<double>(std::max(kAtLeast, longest + kMore));
  }
  if (config.front_timeout.count() > longest) return {};
  return failure("front-timeout-seconds must be more than the " + decimal(longest, 6) +
                 " s that queue-wait-seconds, " + std::to_string(kLongestStart.count()) +
                 " s for the start and max-timeout-seconds are together");
}

Result<void> check_timeouts(const RequestLimits& request) {
  if (request.default_function_timeout <= request.max_timeout &&
      request.default_program_timeout <= request.max_timeout) {
    return {};
  }
  return failure(
      "script-timeout-seconds and code-timeout-seconds must not exceed max-timeout-seconds");
}

Result<void> derive_body_memory(Config& config) {
  const BodyMemory memory = {.set = config.body_memory,
                             .body = config.front.max_body,
                             .output = config.service.run.output,
                             .result = config.service.setup.limits.result};
  if (auto fine = check_body_memory(memory); !fine) return fine;
  config.body_memory = bytes_of(memory);
  config.front.max_undelivered = config.body_memory / 4;
  return {};
}

// The judge of a run and the parser of requests have the sandbox's limits too.
void derive_limits(Config& config) {
  const SandboxLimits& sandbox = config.service.setup.limits;
  config.service.run = {.output = config.service.run.output,
                        .result = sandbox.result,
                        .memory = sandbox.memory,
                        .cpu = std::chrono::seconds(sandbox.cpu_seconds)};
  config.request.run = {.memory = sandbox.memory,
                        .cpu_seconds = sandbox.cpu_seconds,
                        .output = config.service.run.output,
                        .result = sandbox.result,
                        .processes = sandbox.processes,
                        .scratch = sandbox.scratch,
                        .file_size = sandbox.file_size,
                        .open_files = sandbox.open_files};
}

Result<void> check_tiers(const ServiceOptions& service) {
  if (!service.tier || *service.tier >= service.minimum_tier) return {};
  return failure("tier " + std::string(name_of(*service.tier)) +
                 " is below minimum-tier, which is " + std::string(name_of(service.minimum_tier)));
}

void derive_front(Config& config) {
  constexpr std::uint32_t kLeastConnections = 512;
  const std::uint32_t requests = config.service.workers + config.service.queue;
  if (config.nginx.address_connections == 0) {
    config.nginx.address_connections = std::max(kLeastConnections, 2 * requests);
  }
  config.front.threads = requests + kSpareThreads;
  config.front.log_addresses = config.nginx.log_addresses;
  config.front.memory_wait = config.service.queue_wait;
}

Result<void> make_sets(const PreloadTexts& preload, ServiceOptions& service) {
  for (const std::string& text : preload.sets) {
    auto set = parse_preload_set(text, preload.common, preload.ready);
    if (!set) return set.error();
    for (const PreloadSet& other : service.sets) {
      if (other.name == set->name) return failure("preload names two sets " + set->name);
    }
    service.sets.push_back(std::move(*set));
  }
  return {};
}

// What depends on several settings.
Result<void> derive(const PreloadTexts& preload, Config& config) {
  if (auto fine = derive_body_memory(config); !fine) return fine;
  if (auto fine = derive_front_timeout(config); !fine) return fine;
  if (auto fine = check_timeouts(config.request); !fine) return fine;
  if (auto fine = check_clients(config.clients); !fine) return fine;
  if (auto fine = check_tiers(config.service); !fine) return fine;
  derive_limits(config);
  derive_front(config);
  Setup& setup = config.service.setup;
  setup.expose.insert(setup.expose.end(), setup.path.begin(), setup.path.end());
  return make_sets(preload, config.service);
}

}  // namespace

std::string fixed_at_start(const Config& now, const Config& next) {
  const auto differs = std::mismatch(now.at_start.begin(), now.at_start.end(),
                                     next.at_start.begin(), next.at_start.end());
  return differs.first == now.at_start.end() ? "" : differs.first->first;
}

namespace {

// The word after --help, -h or the command help, "" if there is none; empty if help is not asked
// for. Done before anything is read, so that help works even if the configuration is wrong.
std::optional<std::string_view> help_asked_for(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word != "--help" && word != "-h" && !(i == 1 && word == "help")) continue;
    return i + 1 < argc ? argv[i + 1] : "";
  }
  return std::nullopt;
}

SettingTable command_table(Config& config, std::string& file) {
  SettingTable table("Command line only");
  table.command("help,h",
                "show the commands and the most used settings; --help TOPIC or --help SETTING: one "
                "topic or setting; --help all: everything");
  table.command("help-json", "print every setting as JSON, for programs");
  table.command("version", "show the version");
  table.command("check-config", config.check_only, "check the configuration and exit");
  table.command("doctor", config.doctor,
                "say whether this machine can serve, and what is missing, and exit");
  table.command("verbose", config.verbose, "with --doctor: every fact as well");
  table.command("print-setups", config.print_setups,
                "print what python-executor-launcher starts zygotes with, and exit");
  table.text("nginx-config", config.nginx_directory,
             "write the settings that nginx needs into this directory, and exit");
  table.text("openapi", config.openapi_template,
             "print the API description in this file with the settings filled in, and exit");
  table.text("config", file, "read settings from a file, \"name = value\" a line");
  return table;
}

// The values of the settings that only a start can change, with their names.
std::vector<std::pair<std::string, std::string>> values_at_start(
    const std::vector<HelpTopic>& topics) {
  std::vector<std::pair<std::string, std::string>> values;
  for (const HelpTopic& topic : topics) {
    for (const Setting& setting : topic.table->rows()) {
      if (setting.at_start_only) values.emplace_back(setting.name, setting.value());
    }
  }
  return values;
}

// Reads all sources into the destinations of the tables. Returns the text to print, if the command
// line asks for one.
Result<std::optional<std::string>> read_settings(int argc, const char* const* argv,
                                                 const std::vector<HelpTopic>& topics,
                                                 Origins& origins) {
  po::options_description table;
  po::options_description all;
  for (const HelpTopic& topic : topics) {
    all.add(topic.table->options());
    if (!topic.most_used.empty()) table.add(topic.table->options());
  }
  try {
    po::variables_map values;
    if (auto read = read_command_line(argc, argv, all, values, origins); !read) return read.error();
    if (auto read = read_environment(all, values, origins); !read) return read.error();
    if (values.count("version") != 0) {
      return std::optional("python-executor " + version() + "\n");
    }
    if (values.count("help-json") != 0) return std::optional(help_json(topics));
    if (values.count("config") != 0) {
      if (auto read = read_file(values["config"].as<std::string>(), table, values, origins);
          !read) {
        return read.error();
      }
    }
    po::notify(values);
  } catch (const po::error& error) {
    return failure(with_origin(error.what(), origins));
  }
  return std::optional<std::string>();
}

}  // namespace

Result<Command> read_config(int argc, const char* const* argv) {
  Command command;
  Config& config = command.config;
  PreloadTexts preload;
  std::string file;
  const auto own = command_table(config, file);
  const auto service = service_table(config, preload);
  const auto nginx = nginx_table(config);
  const auto clients = clients_table(config.clients);
  const auto limits = limits_table(config);
  const auto sandbox = sandbox_table(config, preload);
  const std::vector<HelpTopic> topics = {
      {"commands", {}, &own},
      {"service", {"workers", "queue", "grace-seconds", "log-format"}, &service},
      {"nginx", {"api-keys-file", "log-addresses"}, &nginx},
      {"clients", {"mcp", "compat", "cors-origins"}, &clients},
      {"limits", {"max-timeout-seconds", "memory-limit-mb", "processes"}, &limits},
      {"sandbox", {"python-path", "preload", "minimum-tier"}, &sandbox}};
  if (const auto about = help_asked_for(argc, argv)) {
    auto text = help(*about, topics);
    if (!text) return text.error();
    command.answer = std::move(*text);
    return command;
  }
  auto answer = read_settings(argc, argv, topics, command.origins);
  if (!answer) return answer.error();
  command.answer = std::move(*answer);
  if (command.answer) return command;
  if (auto fine = derive(preload, config); !fine) {
    return failure(with_origin(fine.error().text(), command.origins));
  }
  config.at_start = values_at_start(topics);
  return command;
}

}  // namespace executor
