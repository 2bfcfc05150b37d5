// What the configuration refuses, and how it says so.
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
using test::Variable;

const std::vector<std::string> kCounts = {
    "workers",          "ready",           "processes",     "open-files",    "cpu-limit-seconds",
    "zygotes",          "memory-limit-mb", "max-output-kb", "max-result-kb", "file-size-limit-mb",
    "scratch-limit-mb", "scratch-files",   "max-body-kb"};
const std::vector<std::string> kSpans = {"queue-wait-seconds", "max-timeout-seconds",
                                         "script-timeout-seconds", "code-timeout-seconds"};

BOOST_AUTO_TEST_SUITE(config_test)

BOOST_AUTO_TEST_CASE(an_unknown_option_is_refused_and_named) {
  BOOST_TEST(contains(error_of({"--wrokers", "3"}), "wrokers"));
  BOOST_TEST(error_of({"stray"}) != "");
  BOOST_TEST(error_of({"-w", "3"}) != "");
}

BOOST_AUTO_TEST_CASE(the_known_setting_that_was_meant_is_named) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"wrokers", "workers"},
      {"worker", "workers"},
      {"memory-limit-md", "memory-limit-mb"},
      {"memory-limit", "memory-limit-mb"},  // without its unit
      {"quue", "queue"},
      {"Memory_Limit_MB", "memory-limit-mb"},
      {"memory-mb", "body-memory-mb or memory-limit-mb"},
      {"timout-seconds",
       "front-timeout-seconds, max-timeout-seconds, script-timeout-seconds or "
       "code-timeout-seconds"},
      {"script-timeout", "script-timeout-seconds"}};
  for (const auto& [wrong, meant] : cases) {
    const std::string said = "unknown setting " + wrong + "; did you mean " + meant + "?";
    const ConfigFile file(wrong + " = 3\n");
    BOOST_TEST(error_of({"--" + wrong, "3"}) == said);
    BOOST_TEST(error_of(file.option()) == file.path() + ":1: " + said);
  }
  BOOST_TEST(error_of({"--nonsense", "3"}) == "unknown setting nonsense");
  const Variable variable("PYTHON_EXECUTOR_WROKERS", "3");
  BOOST_TEST(error_of({}).ends_with("did you mean PYTHON_EXECUTOR_WORKERS?"));
}

BOOST_AUTO_TEST_CASE(a_setting_behind_one_hyphen_is_refused_with_the_right_form) {
  BOOST_TEST(error_of({"-workers", "3"}) ==
             "\"-workers\" is no setting: settings are --NAME VALUE");
}

BOOST_AUTO_TEST_CASE(a_setting_that_is_twice_in_a_file_is_refused_with_both_lines) {
  const ConfigFile file("workers = 3\nqueue = 2\nworkers = 3\n");
  BOOST_TEST(error_of(file.option()) ==
             file.path() + ":3: workers is set twice, first in " + file.path() + ":1");
}

BOOST_AUTO_TEST_CASE(a_fraction_of_a_whole_number_is_refused_as_one) {
  BOOST_TEST(error_of({"--workers", "2.5"}) == "workers: \"2.5\" is not a whole number");
  BOOST_TEST(contains(error_of({"--workers", "2,5"}), "is not a number"));
  BOOST_TEST(contains(error_of({"--workers", "99999999999999999999"}), "is not a number"));
}

BOOST_AUTO_TEST_CASE(an_error_names_where_the_setting_comes_from) {
  const std::string value = R"(memory-limit-mb: "512MB" is not a number; the unit is the one)";
  BOOST_TEST(error_of({"--memory-limit-mb", "512MB"}).starts_with(value));
  const std::string bound = "memory-limit-mb must be at least 16";
  BOOST_TEST(error_of({"--memory-limit-mb", "0"}).starts_with(bound));
  const ConfigFile file("\nmemory-limit-mb = 0\n");
  BOOST_TEST(error_of(file.option()).starts_with(file.path() + ":2: " + bound));
  const Variable variable("PYTHON_EXECUTOR_MEMORY_LIMIT_MB", "512MB");
  BOOST_TEST(error_of({}).starts_with("PYTHON_EXECUTOR_MEMORY_LIMIT_MB: " + value));
}

BOOST_AUTO_TEST_CASE(
    less_memory_for_bodies_than_one_request_needs_is_refused_and_the_default_grows) {
  BOOST_TEST(contains(error_of({"--body-memory-mb", "64"}), "body-memory-mb must be at least "));
  BOOST_TEST(error_of({"--body-memory-mb", "64", "--max-body-kb", "1024"}) == "");
  BOOST_TEST(
      contains(error_of({"--body-memory-mb", "20000000"}), "body-memory-mb must be at most"));
  BOOST_TEST(config_of({"--max-body-kb", "102400"}).body_memory > 1000U * 1024 * 1024);
}

// Else a new option would change what an old command line means.
BOOST_AUTO_TEST_CASE(an_option_must_be_written_out) {
  BOOST_TEST(contains(error_of({"--worker", "3"}), "worker"));
}

BOOST_AUTO_TEST_CASE(an_unknown_variable_with_the_services_prefix_is_refused_and_named) {
  const Variable variable("PYTHON_EXECUTOR_WROKERS", "3");
  BOOST_TEST(contains(error_of({}), "PYTHON_EXECUTOR_WROKERS"));
}

BOOST_AUTO_TEST_CASE(variables_of_others_are_ignored) {
  const Variable one("PYTHON_EXECUTE", "3");
  const Variable two("WORKERS", "0");
  BOOST_TEST(error_of({}) == "");
}

BOOST_AUTO_TEST_CASE(an_unknown_key_in_a_file_is_refused_with_file_and_line) {
  const ConfigFile file("# first\nworkers = 3\n\nwrokers = 3\n");
  const std::string error = error_of(file.option());
  BOOST_TEST(error.starts_with(file.path() + ":4: "));
  BOOST_TEST(contains(error, "wrokers"));
}

BOOST_AUTO_TEST_CASE(a_bad_value_in_a_file_is_refused_with_file_and_line) {
  for (const std::string line : {"queue = many", "queue =", "queue=1.5", "queue = 1 2"}) {
    const ConfigFile file("workers = 3\nqueue-wait-seconds = 1\n" + line + "\nready = 1\n");
    const std::string error = error_of(file.option());
    BOOST_TEST_CONTEXT(line << " gave: " << error) {
      BOOST_TEST(error.starts_with(file.path() + ":3: "));
      BOOST_TEST(contains(error, "queue"));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_line_that_is_no_setting_is_refused_with_file_and_line) {
  for (const std::string line : {"nonsense", "= 3", "[section", "workers: 3"}) {
    const ConfigFile file("ready = 1\n" + line + "\n");
    const std::string error = error_of(file.option());
    BOOST_TEST_CONTEXT(line << " gave: " << error) {
      BOOST_TEST(error.starts_with(file.path() + ":2: "));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_key_that_is_given_twice_is_refused) {
  const ConfigFile file("workers = 3\nworkers = 4\n");
  BOOST_TEST(contains(error_of(file.option()), "workers"));
  BOOST_TEST(contains(error_of({"--workers", "3", "--workers", "4"}), "workers"));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_refused_and_named) {
  BOOST_TEST(error_of({"--config", "/nonexistent/a.conf"}) ==
             "read the configuration file /nonexistent/a.conf: No such file or directory");
  BOOST_TEST(contains(error_of({"--config", "/"}), "/"));
}

BOOST_AUTO_TEST_CASE(what_belongs_on_the_command_line_does_not_belong_in_a_file) {
  for (const std::string name : {"help", "version", "config", "check-config"}) {
    const ConfigFile file(name + " = 1\n");
    BOOST_TEST(error_of(file.option()).starts_with(file.path() + ":1: "));
  }
}

BOOST_AUTO_TEST_CASE(an_invalid_number_is_refused_and_the_option_named) {
  std::vector<std::string> numbers = kCounts;
  numbers.insert(numbers.end(), kSpans.begin(), kSpans.end());
  for (const std::string& name : numbers) {
    for (const std::string value : {"", "many", "1x", "0x10", "1,5", "0"}) {
      BOOST_TEST_CONTEXT("--" << name << "=" << value) {
        BOOST_TEST(contains(error_of({"--" + name + "=" + value}), name));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_limit_with_which_no_script_could_run_is_refused) {
  for (const auto& [name, least] : {std::pair("--memory-limit-mb", 16), std::pair("--processes", 2),
                                    std::pair("--scratch-files", 8)}) {
    const std::string bound = " must be at least " + std::to_string(least) + " and at most";
    BOOST_TEST(contains(error_of({name, std::to_string(least - 1)}), bound));
    (void)config_of({name, std::to_string(least)});
  }
}

BOOST_AUTO_TEST_CASE(a_negative_number_is_refused_and_the_option_named) {
  std::vector<std::string> numbers = kCounts;
  numbers.insert(numbers.end(), kSpans.begin(), kSpans.end());
  numbers.emplace_back("queue");
  for (const std::string& name : numbers) {
    for (const std::string value : {"-1", "-4294967290", "-18446744073709551610"}) {
      BOOST_TEST_CONTEXT("--" << name << "=" << value) {
        BOOST_TEST(contains(error_of({"--" + name + "=" + value}), name));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_count_that_would_overflow_is_refused_and_the_option_named) {
  for (const std::string& name : kCounts) {
    for (const std::string value : {"4294967295", "18446744073709551615", "99999999999999999999"}) {
      BOOST_TEST_CONTEXT("--" << name << "=" << value) {
        BOOST_TEST(contains(error_of({"--" + name + "=" + value}), name));
      }
    }
  }
  BOOST_TEST(contains(error_of({"--queue=4294967295"}), "queue"));
}

BOOST_AUTO_TEST_CASE(a_time_that_is_not_finite_or_absurd_is_refused_and_the_option_named) {
  for (const std::string& name : kSpans) {
    for (const std::string value : {"nan", "inf", "-inf", "1e300", "1e12"}) {
      BOOST_TEST_CONTEXT("--" << name << "=" << value) {
        BOOST_TEST(contains(error_of({"--" + name + "=" + value}), name));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_cgroup_mode_is_one_of_three_words) {
  BOOST_TEST((config_of({}).service.cgroup == CgroupMode::kAuto));
  BOOST_TEST((config_of({"--cgroup=auto"}).service.cgroup == CgroupMode::kAuto));
  BOOST_TEST((config_of({"--cgroup=off"}).service.cgroup == CgroupMode::kOff));
  for (const std::string wrong : {"", "yes", "Auto", "required "}) {
    BOOST_TEST(contains(error_of({"--cgroup=" + wrong}), "cgroup"));
  }
}

BOOST_AUTO_TEST_CASE(an_origin_has_no_path_and_an_adapter_is_one_that_there_is) {
  for (const std::string setting : {"mcp-origins", "cors-origins"}) {
    for (const std::string wrong : {"*", "https://a.example/", "a.example", "https://A.example",
                                    "https://a.example\"", "https://a.example;b", "null"}) {
      BOOST_TEST(contains(error_of({"--" + setting, wrong}), setting), wrong);
    }
    BOOST_TEST(error_of({"--" + setting, "https://a-b.example:8443 http://[::1]:5"}) == "");
  }
  BOOST_TEST(contains(error_of({"--compat", "dify, unknown"}), "compat has no \"unknown\""));
  BOOST_TEST(contains(error_of({"--mcp", "perhaps"}), "mcp"));
}

BOOST_AUTO_TEST_CASE(a_default_timeout_over_the_maximum_is_refused) {
  const std::string text =
      "script-timeout-seconds and code-timeout-seconds must not exceed max-timeout-seconds";
  BOOST_TEST(error_of({"--script-timeout-seconds", "31"}) == text);
  BOOST_TEST(error_of({"--code-timeout-seconds", "30.5"}) == text);
  BOOST_TEST(error_of({"--max-timeout-seconds", "10"}) == text);
  BOOST_TEST(error_of({"--max-timeout-seconds", "10", "--script-timeout-seconds", "10"}) == "");
}

BOOST_AUTO_TEST_CASE(a_malformed_preload_set_is_refused_and_shown) {
  for (const std::string value :
       {"a=: numpy", "a=x: b", "a: b + c + d", "numpy", ":", ": numpy", "numpy pandas"}) {
    BOOST_TEST(error_of({"--preload", value}) ==
               "preload must look like \"NAME[=READY]: MODULE ... [+ MODULE ...]\", not \"" +
                   value + "\"");
  }
}

BOOST_AUTO_TEST_CASE(two_preload_sets_of_one_name_are_refused) {
  BOOST_TEST(contains(error_of({"--preload", "a:", "--preload", "a: json"}), "a"));
}

BOOST_AUTO_TEST_CASE(a_tier_that_there_is_not_or_below_the_minimum_is_refused) {
  BOOST_TEST(contains(error_of({"--tier", "none"}), "tier must be"));
  BOOST_TEST(contains(error_of({"--minimum-tier", "auto"}), "minimum-tier must be"));
  BOOST_TEST(contains(error_of({"--landlock", "off"}), "landlock must be auto or required"));
  BOOST_TEST(contains(error_of({"--run-identity", "any"}), "run-identity must be auto, own or"));
  BOOST_TEST(contains(error_of({"--tier", "uid", "--minimum-tier", "namespaces"}),
                      "tier uid is below minimum-tier, which is namespaces"));
  BOOST_TEST(error_of({"--tier", "uid", "--minimum-tier", "uid"}) == "");
}

BOOST_AUTO_TEST_CASE(a_run_that_nginx_would_not_wait_for_is_refused) {
  const std::string error =
      error_of({"--max-timeout-seconds", "60", "--front-timeout-seconds", "78"});
  BOOST_TEST(contains(error, "front-timeout-seconds must be more than the 78 s"), error);
  BOOST_TEST(error_of({"--max-timeout-seconds", "60", "--front-timeout-seconds", "79"}) == "");
  BOOST_TEST(error_of({"--queue-wait-seconds", "40", "--front-timeout-seconds", "75"}) != "");
  BOOST_TEST(error_of({"--queue-wait-seconds", "40", "--max-timeout-seconds", "300"}) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
