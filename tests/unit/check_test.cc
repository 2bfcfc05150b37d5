// What --check-config finds on this machine.
#include "config/check.h"

#include <string>
#include <vector>

#include "jail/process.h"
#include "support/boost_test.h"
#include "unit/config_reading.h"

namespace executor {
namespace {

using test::ConfigFile;
using test::contains;
using test::Variable;

std::vector<std::string> problems(std::vector<std::string> arguments) {
  for (const char* option : {"--runner", "--firejail"}) {
    arguments.insert(arguments.end(), {option, "/bin/true"});
  }
  const auto command = test::read(arguments);
  BOOST_REQUIRE_MESSAGE(command.has_value(), (command ? "" : command.error().text()));
  return problems_of(*command);
}

// Of the standard library, whatever its version.
std::string json_directory() {
  const auto printed = output_of(
      {"/usr/bin/python3", "-c", "import json, os; print(os.path.dirname(json.__file__), end='')"});
  BOOST_REQUIRE(printed.has_value());
  return *printed;
}

BOOST_AUTO_TEST_SUITE(check_test)

BOOST_AUTO_TEST_CASE(a_configuration_that_would_work_has_no_problems) {
  BOOST_TEST(problems({}) == std::vector<std::string>(), boost::test_tools::per_element());
  BOOST_TEST(
      problems({"--preload", "a: json os.path email.mime.text sys _io", "--expose", "/usr/share"})
          .empty());
}

BOOST_AUTO_TEST_CASE(a_path_must_be_absolute_exist_and_be_visible_in_the_jail) {
  const ConfigFile profile("quiet\nblacklist /usr/share\nprivate-tmp\n");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"/nosuch", "No such file or directory"},
      {"relative/path", "is not an absolute path"},
      {"/usr/share", "is hidden by the jail's profile (blacklist /usr/share)"},
      {"/usr/share/doc", "is hidden by the jail's profile (blacklist /usr/share)"},
      {"/usr/lib/../share/doc", "is hidden by the jail's profile"},
      {"/tmp", "is hidden by the jail's profile"}};
  for (const auto& [path, problem] : cases) {
    for (const std::string name : {"expose", "python-path"}) {
      BOOST_TEST_CONTEXT(name << " " << path) {
        const auto found =
            problems({"--" + name + "=" + path, "--firejail-profile", profile.path()});
        BOOST_REQUIRE(found.size() == 1u);
        BOOST_TEST(found[0].starts_with(name + ": \"" + path + "\" "));
        BOOST_TEST(contains(found[0], problem));
      }
    }
  }
  BOOST_TEST(problems({"--expose", "/usr/sbin", "--firejail-profile", profile.path()}).empty());
}

BOOST_AUTO_TEST_CASE(a_profile_hides_nothing_where_there_is_no_jail) {
  const ConfigFile profile("blacklist /usr/share\n");
  BOOST_TEST(problems({"--expose", "/usr/share", "--firejail-profile", profile.path(), "--tier",
                       "namespaces", "--minimum-tier", "namespaces"})
                 .empty());
}

BOOST_AUTO_TEST_CASE(a_module_that_cannot_be_found_is_named_with_its_set) {
  for (const std::string module : {"nosuchmodule", "json.nosuch", "sys.nosuch", "os.nosuch"}) {
    const auto found = problems({"--preload", "mine: json " + module});
    BOOST_REQUIRE(found.size() == 1u);
    BOOST_TEST(contains(found[0], "\"" + module + "\" of the set \"mine\""));
  }
}

BOOST_AUTO_TEST_CASE(a_module_is_found_in_a_directory_of_python_path) {
  // A part of the standard library's json, which is found by this name only there.
  BOOST_TEST(!problems({"--preload", "mine: scanner"}).empty());
  BOOST_TEST(problems({"--preload", "mine: scanner", "--python-path", json_directory()}).empty());
}

BOOST_AUTO_TEST_CASE(no_module_is_imported_to_find_it) {
  BOOST_TEST(problems({"--preload", "mine: antigravity this"}).empty());
}

BOOST_AUTO_TEST_CASE(a_file_limit_above_the_scratch_space_can_never_have_an_effect) {
  BOOST_TEST(problems({"--file-size-limit-mb", "64", "--scratch-limit-mb", "64"}).empty());
  const auto found = problems({"--file-size-limit-mb", "65", "--scratch-limit-mb", "64"});
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(contains(found[0], "no file can have 65 MB where scratch-limit-mb is 64"));
}

BOOST_AUTO_TEST_CASE(a_file_of_keys_must_be_one) {
  const ConfigFile good("alice 0123456789abcdef\n");
  BOOST_TEST(problems({"--api-keys-file", good.path()}).empty());
  const ConfigFile bad("alice short\n");
  for (const std::string& path : {bad.path(), std::string("/usr"), std::string("/nosuch")}) {
    const auto found = problems({"--api-keys-file", path});
    BOOST_REQUIRE(found.size() == 1u);
    BOOST_TEST(contains(found[0], "api-keys-file: "));
    BOOST_TEST(contains(found[0], path));
  }
}

BOOST_AUTO_TEST_CASE(a_socket_must_be_a_path_or_an_address_with_a_port) {
  for (const char* socket : {"/run/a.sock", "127.0.0.1:9000", "[::1]:1", "0.0.0.0:65535"}) {
    BOOST_TEST(problems({"--socket", socket}).empty(), socket);
  }
  for (const char* socket :
       {"relative.sock", "run/a.sock", "localhost:9000", "127.0.0.1:99999",
        "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:-1", "127.0.0.1", ":9000", "127.0.0.1:9000x"}) {
    BOOST_TEST_CONTEXT(socket) {
      const auto found = problems({"--socket", socket});
      BOOST_REQUIRE(found.size() == 1u);
      BOOST_TEST(contains(found[0], "socket: use the socket "));
    }
  }
}

BOOST_AUTO_TEST_CASE(each_problem_names_where_the_setting_comes_from) {
  const ConfigFile file("workers = 3\nexpose = /nosuch\n");
  BOOST_TEST(problems(file.option()).at(0).starts_with(file.path() + ":2: expose: "));
  const Variable variable("PYTHON_EXECUTOR_EXPOSE", "/nosuch");
  BOOST_TEST(problems({}).at(0).starts_with("PYTHON_EXECUTOR_EXPOSE: expose: "));
}

BOOST_AUTO_TEST_CASE(all_problems_are_named_at_once) {
  BOOST_TEST(
      problems({"--expose", "/nosuch", "--expose", "/neither", "--preload", "x: nosuch"}).size() ==
      3u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
