#include "jail/firejail.h"

#include <algorithm>
#include <sstream>
#include <string>

#include "jail/embedded.h"
#include "jail/profile.h"
#include "support/boost_test.h"

namespace executor {
namespace {

BOOST_AUTO_TEST_SUITE(firejail_test)

BOOST_AUTO_TEST_CASE(the_version_is_read_from_the_first_line) {
  const auto version = parse_firejail_version(
      "firejail version 0.9.72\n\nCompile time support:\n\t- always force nonewprivs support is "
      "disabled\n");
  BOOST_REQUIRE(version.has_value());
  BOOST_TEST((*version == FirejailVersion{0, 9, 72}));
}

BOOST_AUTO_TEST_CASE(the_version_is_read_after_the_warnings_of_a_weak_container) {
  const auto version = parse_firejail_version(
      "Warning: not remounting /run/firejail/dbus\n"
      "Warning: not remounting /run/firejail/firejail.ro.dir\nfirejail version 0.9.72\n");
  BOOST_REQUIRE(version.has_value());
  BOOST_TEST((*version == FirejailVersion{0, 9, 72}));
  BOOST_TEST(!parse_firejail_version("Warning: firejail version 0.9.72").has_value());
}

BOOST_AUTO_TEST_CASE(a_version_of_two_numbers_or_with_a_suffix_is_read) {
  BOOST_TEST((*parse_firejail_version("firejail version 1.0") == FirejailVersion{1, 0, 0}));
  BOOST_TEST((*parse_firejail_version("firejail version 0.9.74rc1") == FirejailVersion{0, 9, 74}));
}

BOOST_AUTO_TEST_CASE(versions_are_ordered_by_number_not_by_letter) {
  BOOST_TEST((FirejailVersion{0, 9, 100} > kOldestFirejail));
  BOOST_TEST((FirejailVersion{0, 10, 0} > kOldestFirejail));
  BOOST_TEST((FirejailVersion{1, 0, 0} > kOldestFirejail));
  BOOST_TEST((FirejailVersion{0, 9, 8} < kOldestFirejail));
  BOOST_TEST((FirejailVersion{0, 9, 72} == kOldestFirejail));
}

BOOST_AUTO_TEST_CASE(what_is_no_version_is_a_failure_that_shows_it) {
  for (const std::string output :
       {"", "\nfirejail version 0.9.72", "firejail", "firejail version", "firejail version x.9",
        "firejail version 1", "bash version 5.2.15", "version 0.9.72"}) {
    BOOST_TEST_CONTEXT("output: " << output) {
      const auto version = parse_firejail_version(output);
      BOOST_REQUIRE(!version.has_value());
      const std::string line = output.substr(0, output.find('\n'));
      BOOST_TEST(version.error().text() == "read firejail's version from \"" + line + "\"");
    }
  }
}

BOOST_AUTO_TEST_CASE(the_runner_is_named_by_its_descriptor_and_comes_last) {
  const auto command = firejail_command({.program = "/opt/firejail", .profile = "/etc/a.profile"});
  BOOST_REQUIRE(command.size() > 2U);
  BOOST_TEST(command.front() == "/opt/firejail");
  BOOST_TEST(command.back() == "/proc/self/fd/3");
  const auto has = [&command](const std::string& argument) {
    return std::count(command.begin(), command.end(), argument) == 1;
  };
  BOOST_TEST(has("--profile=/etc/a.profile"));
  BOOST_TEST(has("--keep-fd=3"));
}

// Each of these is an escape that firejail has had, or would run a login shell.
BOOST_AUTO_TEST_CASE(the_command_line_has_none_of_the_options_that_led_to_escapes) {
  for (const std::string& argument : firejail_command({})) {
    for (const std::string bad : {"--join", "--output", "--overlay", "--shell", "--noprofile"}) {
      BOOST_TEST(!argument.starts_with(bad));
    }
    BOOST_TEST(argument != "--");
  }
}

std::string complaint(const std::string& profile) {
  const auto fine = check_profile(profile);
  return fine ? "it is fine" : fine.error().text();
}

BOOST_AUTO_TEST_CASE(our_own_profile_is_fine_and_may_hide_and_limit_more) {
  const std::string own(embedded_profile());
  BOOST_TEST(complaint(own) == "it is fine");
  BOOST_TEST(complaint("# mine\n\n" + own + "blacklist /opt\nread-only /usr\nrlimit-nproc 9\n") ==
             "it is fine");
}

BOOST_AUTO_TEST_CASE(each_line_of_our_profile_is_needed) {
  std::istringstream lines{std::string(embedded_profile())};
  std::size_t needed = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::string other(embedded_profile());
    const std::string whole = "\n" + line + "\n";
    BOOST_REQUIRE(other.find(whole) != std::string::npos);
    other.replace(other.find(whole), whole.size(), "\n# " + line + "\n");
    BOOST_TEST(complaint(other) == "it lacks the line \"" + line + "\"");
    ++needed;
  }
  BOOST_TEST(needed > 20U);
}

BOOST_AUTO_TEST_CASE(a_profile_has_no_line_that_could_take_others_back) {
  for (const std::string line : {"ignore net", "noblacklist /home", "include other.profile",
                                 "net eth0", "whitelist /home", "caps.keep sys_admin"}) {
    BOOST_TEST(complaint(std::string(embedded_profile()) + line + "\n") ==
               "its line \"" + line + "\" is not in python-executor's own");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
