// What the configuration takes, from where, and where it arrives. What it refuses:
// config_refusals_test.cc.
#include "config/config.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "support/boost_test.h"
#include "unit/config_reading.h"

namespace executor {
namespace {

using test::config_of;
using test::ConfigFile;
using test::contains;
using test::error_of;
using test::read;
using test::Variable;

constexpr std::uint64_t kKilobyte = 1024;
constexpr std::uint64_t kMegabyte = 1024 * kKilobyte;

// One option, a value that is not its default, and where that value must arrive.
struct Row {
  std::string name;
  std::string value;
  std::function<bool(const Config&)> arrived;
};

template <typename Member>
std::function<bool(const Config&)> is(Member member, double value) {
  return [member, value](const Config& config) {
    return static_cast<double>(member(config)) == value;
  };
}

const std::vector<Row>& rows() {
  static const std::vector<Row> rows = {
      {"workers", "3", is([](const Config& c) { return c.service.workers; }, 3)},
      {"zygotes", "3", is([](const Config& c) { return c.service.zygotes; }, 3)},
      {"queue", "0", is([](const Config& c) { return c.service.queue; }, 0)},
      {"queue-wait-seconds", "0.5",
       is([](const Config& c) { return c.service.queue_wait.count(); }, 0.5)},
      {"ready", "7", is([](const Config& c) { return c.service.sets.at(0).ready; }, 7)},
      {"body-memory-mb", "300", is([](const Config& c) { return c.body_memory; }, 300 * kMegabyte)},
      {"max-body-kb", "5", is([](const Config& c) { return c.front.max_body; }, 5 * kKilobyte)},
      {"socket", "/tmp/s", [](const Config& c) { return c.front.socket == "/tmp/s"; }},
      {"grace-seconds", "2.5", is([](const Config& c) { return c.grace.count(); }, 2.5)},
      {"attest-seconds", "60", is([](const Config& c) { return c.service.attest.count(); }, 60)},
      {"recycle-seconds", "0", is([](const Config& c) { return c.service.recycle.count(); }, 0)},
      {"front-timeout-seconds", "76",
       is([](const Config& c) { return c.front_timeout.count(); }, 76)},
      {"connections-per-address", "77",
       is([](const Config& c) { return c.nginx.address_connections; }, 77)},
      {"api-keys-file", "/etc/keys",
       [](const Config& c) { return c.nginx.keys_file == "/etc/keys"; }},
      {"key-requests-per-second", "5", is([](const Config& c) { return c.nginx.key_rate; }, 5)},
      {"key-requests-at-once", "6", is([](const Config& c) { return c.nginx.key_connections; }, 6)},
      {"mcp", "off", [](const Config& c) { return !c.clients.mcp; }},
      {"mcp-origins", "https://a.example, http://b:1",
       [](const Config& c) {
         return c.clients.origins == std::vector<std::string>{"https://a.example", "http://b:1"};
       }},
      {"cors-origins", "https://a.example",
       [](const Config& c) {
         return c.clients.cors_origins == std::vector<std::string>{"https://a.example"};
       }},
      {"compat", "dify,piston",
       [](const Config& c) {
         return c.clients.adapters == std::vector<std::string>{"dify", "piston"};
       }},
      {"log-addresses", "no", [](const Config& c) { return !c.nginx.log_addresses; }},
      {"log-format", "json", [](const Config& c) { return c.log_format == LogFormat::kJson; }},
      {"ready-fd", "9", is([](const Config& c) { return c.ready_fd; }, 9)},
      {"max-timeout-seconds", "45.5",
       is([](const Config& c) { return c.request.max_timeout.count(); }, 45.5)},
      {"script-timeout-seconds", "2.5",
       is([](const Config& c) { return c.request.default_function_timeout.count(); }, 2.5)},
      {"code-timeout-seconds", "1.5",
       is([](const Config& c) { return c.request.default_program_timeout.count(); }, 1.5)},
      {"cpu-limit-seconds", "11",
       is([](const Config& c) { return c.service.setup.limits.cpu_seconds; }, 11)},
      {"memory-limit-mb", "22",
       [](const Config& c) {
         return c.service.setup.limits.memory == 22 * kMegabyte &&
                c.service.run.memory == 22 * kMegabyte;
       }},
      {"max-output-kb", "13",
       is([](const Config& c) { return c.service.run.output; }, 13 * kKilobyte)},
      {"max-result-kb", "14",
       [](const Config& c) {
         return c.service.setup.limits.result == 14 * kKilobyte &&
                c.service.run.result == 14 * kKilobyte;
       }},
      {"file-size-limit-mb", "15",
       is([](const Config& c) { return c.service.setup.limits.file_size; }, 15 * kMegabyte)},
      {"scratch-limit-mb", "16",
       is([](const Config& c) { return c.service.setup.limits.scratch; }, 16 * kMegabyte)},
      {"scratch-files", "17",
       is([](const Config& c) { return c.service.setup.limits.scratch_inodes; }, 17)},
      {"processes", "18", is([](const Config& c) { return c.service.setup.limits.processes; }, 18)},
      {"open-files", "19",
       is([](const Config& c) { return c.service.setup.limits.open_files; }, 19)},
      {"cgroup", "required",
       [](const Config& c) { return c.service.cgroup == CgroupMode::kRequired; }},
      {"preload", "one: json re",
       [](const Config& c) {
         return c.service.sets.size() == 1 && c.service.sets[0].name == "one" &&
                c.service.sets[0].modules == std::vector<std::string>{"json", "re"};
       }},
      {"preload-common", "json  re",
       [](const Config& c) {
         return c.service.sets.at(0).also == std::vector<std::string>{"json", "re"};
       }},
      {"expose", "/srv/data",
       [](const Config& c) {
         return c.service.setup.expose == std::vector<std::string>{"/srv/data"};
       }},
      {"python-path", "/opt/venv",
       [](const Config& c) {
         const std::vector<std::string> only{"/opt/venv"};
         return c.service.setup.expose == only && c.service.setup.path == only;
       }},
      {"tier", "full", [](const Config& c) { return c.service.tier == Tier::kFull; }},
      {"minimum-tier", "namespaces",
       [](const Config& c) { return c.service.minimum_tier == Tier::kNamespaces; }},
      {"run-identity", "own",
       [](const Config& c) { return c.service.jail.identity == RunIdentity::kOwn; }},
      {"serve-after", "all-sets",
       [](const Config& c) { return c.service.serve_after == ServeAfter::kAllSets; }},
      {"landlock", "required",
       [](const Config& c) { return c.service.landlock == LandlockMode::kRequired; }},
      {"launcher-fd", "8", is([](const Config& c) { return c.service.jail.launcher_fd; }, 8)},
      {"uid-range", "3000-4000",
       [](const Config& c) {
         return c.service.setup.uids.first == 3000U && c.service.setup.uids.last == 4000U;
       }},
      {"runner", "/opt/runner",
       [](const Config& c) { return c.service.jail.runner == "/opt/runner"; }},
      {"firejail", "/opt/firejail",
       [](const Config& c) { return c.service.jail.firejail.program == "/opt/firejail"; }},
      {"firejail-profile", "/opt/a.profile",
       [](const Config& c) { return c.service.jail.firejail.profile == "/opt/a.profile"; }},
  };
  return rows;
}

std::string variable_of(const std::string& option) {
  std::string name = "PYTHON_EXECUTOR_";
  for (const char letter : option) {
    name +=
        letter == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  }
  return name;
}

BOOST_AUTO_TEST_SUITE(config_test)

BOOST_AUTO_TEST_CASE(without_any_setting_the_contracts_defaults_hold) {
  const Config config = config_of({});
  BOOST_TEST(config.request.max_timeout.count() == 30);
  BOOST_TEST(config.request.default_function_timeout.count() == 30);
  BOOST_TEST(config.request.default_program_timeout.count() == 5);
  BOOST_TEST(config.front.max_body == 8 * kMegabyte);
  BOOST_TEST(config.body_memory == 256 * kMegabyte);
  BOOST_TEST(config.service.run.output == kMegabyte);
  BOOST_TEST(config.service.run.memory == 512 * kMegabyte);
  BOOST_TEST(config.service.setup.limits.memory == 512 * kMegabyte);
  BOOST_TEST(config.service.workers >= 4U);
  BOOST_TEST(config.service.zygotes == std::max(1U, std::thread::hardware_concurrency() / 8));
  BOOST_TEST(config.front.threads > config.service.workers + config.service.queue);
  BOOST_TEST(!config.check_only);
  BOOST_TEST(config.ready_fd == -1);
}

BOOST_AUTO_TEST_CASE(by_default_there_is_a_light_set_one_for_plots_and_one_with_numpy_and_pandas) {
  const Config config = config_of({});
  BOOST_REQUIRE(config.service.sets.size() == 3U);
  BOOST_TEST(config.service.sets[0].name == "light");
  BOOST_TEST(config.service.sets[0].modules.empty());
  BOOST_TEST(!config.service.sets[0].also.empty());
  BOOST_TEST(config.service.sets[0].warm_up == "");
  const PreloadSet& plot = config.service.sets[1];
  BOOST_TEST((plot.modules == std::vector<std::string>{"matplotlib"}));
  BOOST_TEST(plot.ready == 1U);
  const PreloadSet& data = config.service.sets[2];
  BOOST_TEST(data.name == "data");
  for (const std::string module : {"numpy", "pandas"}) {
    BOOST_TEST(std::count(data.modules.begin(), data.modules.end(), module) == 1);
  }
  BOOST_TEST(data.warm_up != "");
}

BOOST_AUTO_TEST_CASE(default_tier_is_auto_with_minimum_full) {
  BOOST_TEST(!config_of({}).service.tier.has_value());
  BOOST_TEST((config_of({}).service.minimum_tier == Tier::kFull));
}

BOOST_AUTO_TEST_CASE(the_runner_is_looked_for_next_to_the_program) {
  const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  BOOST_TEST(config_of({}).service.jail.runner == (here / "python-executor-runner").string());
}

BOOST_AUTO_TEST_CASE(every_option_of_the_command_line_arrives_where_it_belongs) {
  for (const Row& row : rows()) {
    BOOST_TEST_CONTEXT("option --" << row.name) {
      BOOST_TEST(row.arrived(config_of({"--" + row.name, row.value})));
      BOOST_TEST(row.arrived(config_of({"--" + row.name + "=" + row.value})));
      BOOST_TEST(!row.arrived(config_of({})));
    }
  }
}

BOOST_AUTO_TEST_CASE(every_variable_of_the_environment_arrives_where_it_belongs) {
  for (const Row& row : rows()) {
    BOOST_TEST_CONTEXT("variable " << variable_of(row.name)) {
      const Variable variable(variable_of(row.name), row.value);
      BOOST_TEST(row.arrived(config_of({})));
    }
  }
}

BOOST_AUTO_TEST_CASE(every_line_of_a_file_arrives_where_it_belongs) {
  for (const Row& row : rows()) {
    BOOST_TEST_CONTEXT("line of " << row.name) {
      const ConfigFile file("# a comment\n\n" + row.name + " = " + row.value + "   # behind it\n");
      BOOST_TEST(row.arrived(config_of(file.option())));
    }
  }
}

BOOST_AUTO_TEST_CASE(every_option_that_the_help_shows_is_tested_here) {
  const auto command = read({"--help", "all"});
  BOOST_REQUIRE(command.has_value());
  BOOST_REQUIRE(command->answer.has_value());
  std::size_t shown = 0;
  for (std::size_t at = 0; (at = command->answer->find("\n  --", at)) != std::string::npos; ++at) {
    ++shown;
  }
  // help-json, version, config, check-config, doctor, verbose, print-setups, nginx-config, openapi;
  // help has a letter
  constexpr std::size_t kOfTheCommandLineOnly = 9;
  BOOST_TEST(shown == rows().size() + kOfTheCommandLineOnly);
  for (const Row& row : rows()) BOOST_TEST(contains(*command->answer, "--" + row.name + " "));
}

BOOST_AUTO_TEST_CASE(what_only_a_new_start_can_change_is_named) {
  const Config now = config_of({});
  BOOST_TEST(fixed_at_start(now, config_of({"--workers", "9", "--memory-limit-mb", "19"})) == "");
  BOOST_TEST(fixed_at_start(now, config_of({"--socket", "/tmp/other"})) == "socket");
  BOOST_TEST(fixed_at_start(now, config_of({"--max-body-kb", "9"})) == "max-body-kb");
  BOOST_TEST(fixed_at_start(now, config_of({"--body-memory-mb", "999"})) == "body-memory-mb");
  BOOST_TEST(fixed_at_start(now, config_of({"--log-format", "json"})) == "log-format");
}

BOOST_AUTO_TEST_CASE(the_version_is_one_line) {
  const auto command = read({"--version"});
  BOOST_REQUIRE(command.has_value());
  BOOST_REQUIRE(command->answer.has_value());
  BOOST_TEST(command->answer->starts_with("python-executor "));
  BOOST_TEST(command->answer->find('\n') == command->answer->size() - 1);
}

BOOST_AUTO_TEST_CASE(help_and_version_answer_whatever_else_is_wrong) {
  for (const std::string option : {"--help", "--version"}) {
    const auto command = read({option, "--workers", "0", "--config", "/nonexistent"});
    BOOST_REQUIRE(command.has_value());
    BOOST_TEST(command->answer.has_value());
  }
}

BOOST_AUTO_TEST_CASE(check_config_checks_and_says_so) {
  BOOST_TEST(config_of({"--check-config"}).check_only);
  BOOST_TEST(error_of({"--check-config", "--workers", "0"}) != "");
}

BOOST_AUTO_TEST_CASE(the_command_line_wins_over_the_environment_and_that_over_the_file) {
  const ConfigFile file("workers = 1\nready = 1\nqueue = 1\n");
  const Variable ready("PYTHON_EXECUTOR_READY", "2");
  const Variable workers("PYTHON_EXECUTOR_WORKERS", "2");
  const Config config = config_of({"--config", file.path(), "--workers", "3"});
  BOOST_TEST(config.service.workers == 3U);
  BOOST_TEST(config.service.sets.at(0).ready == 2U);
  BOOST_TEST(config.service.queue == 1U);
}

BOOST_AUTO_TEST_CASE(the_file_may_be_named_by_the_environment) {
  const ConfigFile file("workers = 9\n");
  const Variable variable("PYTHON_EXECUTOR_CONFIG", file.path());
  BOOST_TEST(config_of({}).service.workers == 9U);
}

BOOST_AUTO_TEST_CASE(options_that_may_be_given_several_times_add_up) {
  const Config config = config_of({"--preload", "a:", "--preload", "b: json", "--expose", "/x",
                                   "--expose", "/y", "--python-path", "/z"});
  BOOST_REQUIRE(config.service.sets.size() == 2U);
  BOOST_TEST(config.service.sets[1].name == "b");
  BOOST_TEST((config.service.setup.expose == std::vector<std::string>{"/x", "/y", "/z"}));
  const ConfigFile file("preload = a:\npreload = b: json\n");
  BOOST_TEST(config_of(file.option()).service.sets.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_preload_set_may_say_how_many_workers_and_which_modules_choose_nothing) {
  const Config config = config_of({"--preload-common", "json", "--preload", "a=2: re os + csv io"});
  const PreloadSet& set = config.service.sets.at(0);
  BOOST_TEST(set.name == "a");
  BOOST_TEST(set.ready == 2U);
  BOOST_TEST((set.modules == std::vector<std::string>{"re", "os"}));
  BOOST_TEST((set.also == std::vector<std::string>{"csv", "io", "json"}));
}

BOOST_AUTO_TEST_CASE(a_set_of_pandas_or_matplotlib_has_a_warm_up_of_its_own) {
  const auto warm_up = [](const std::string& set) {
    return config_of({"--preload", set}).service.sets.at(0).warm_up;
  };
  BOOST_TEST(warm_up("a: re").empty());
  BOOST_TEST(contains(warm_up("a: pandas"), "import pandas"));
  BOOST_TEST(contains(warm_up("a: matplotlib + matplotlib.pyplot pandas"), "import matplotlib"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
