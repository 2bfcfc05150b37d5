// python-executor --doctor, run for real: on this machine, and where something is broken on
// purpose.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "jail/boost_process.h"
#include "support/boost_test.h"
#include "support/execute.h"
#include "support/sandbox.h"
#include "support/server.h"

namespace executor::test {
namespace {

namespace fs = std::filesystem;

struct Told {
  int status = -1;
  std::string text;

  [[nodiscard]] bool says(const std::string& words) const {
    return text.find(words) != std::string::npos;
  }
};

struct Doctor {
  Scratch scratch;
  std::vector<std::string> prefix;  // what runs the program, if not we
  std::string firejail = jail_options().firejail.program;
  std::string profile = jail_options().firejail.profile;
  std::string socket = scratch.path("responder.sock");

  // Every fact.
  [[nodiscard]] Told tell() const {
    return run({"--verbose", "--runner=" + jail_options().runner, "--firejail=" + firejail,
                "--firejail-profile=" + profile, "--socket=" + socket});
  }

  [[nodiscard]] Told run(const std::vector<std::string>& options) const {
    std::vector<std::string> command = prefix;
    command.push_back(fs::path(jail_options().runner).parent_path() / "python-executor");
    command.emplace_back("--doctor");
    command.insert(command.end(), options.begin(), options.end());
    bp::ipstream output;
    bp::child child(bp::exe = command[0],
                    bp::args = std::vector<std::string>(command.begin() + 1, command.end()),
                    bp::std_in<bp::null, bp::std_out> output, bp::std_err > bp::null);
    Told told;
    told.text.assign(std::istreambuf_iterator<char>(output), {});
    child.wait();
    told.status = child.exit_code();
    return told;
  }
};

BOOST_FIXTURE_TEST_SUITE(doctor, Doctor)

// As it is in a checkout: with nothing installed, and no option that says where anything is.
BOOST_AUTO_TEST_CASE(a_checkout_that_can_serve_is_told_so_in_the_first_of_few_lines) {
  const Told told = run({});
  BOOST_TEST_INFO(told.text);
  BOOST_TEST(told.status == 0);
  BOOST_TEST(told.text.starts_with("Scripts can be served, in tier full.\n"));
  BOOST_TEST(std::count(told.text.begin(), told.text.end(), '\n') < 30);
  BOOST_TEST(!told.says("Absent, and needed"));
  BOOST_TEST(!told.says("verified"));
}

BOOST_AUTO_TEST_CASE(what_is_missing_comes_first_with_its_remedy_and_nothing_else_comes) {
  const Told told = run({"--firejail-profile=" + scratch.path("none")});
  BOOST_TEST_INFO(told.text);
  BOOST_TEST(told.status == 1);
  BOOST_TEST(
      told.text.starts_with("Scripts cannot be served in tier full: 2 needed facts are absent."
                            "\n\nAbsent, and needed:\n  firejail: its profile can be read: " +
                            scratch.path("none") + "\n    to do: install -m 0644"));
  BOOST_TEST(!told.says("verified"));
}

BOOST_AUTO_TEST_CASE(a_machine_that_can_serve_is_reported_so_fact_by_fact) {
  const Told told = tell();
  BOOST_TEST_INFO(told.text);
  BOOST_TEST(told.status == 0);
  BOOST_TEST(told.says("Scripts can be served, in tier full.\n"));
  for (const char* fact : {"a user namespace can be made", "it is set-user-ID root",
                           "fixed against CVE-2025-23016", "module numpy ", "module pandas ",
                           "one thread after all imports: 1", "inside, act.mount = \"EPERM\"",
                           "outside, ns.net = \"own\"", "outside, jail.seccomp = \"own\""}) {
    BOOST_TEST(told.says(std::string("  verified        ") + fact), fact);
  }
}

BOOST_AUTO_TEST_CASE(a_firejail_without_its_setuid_bit_is_found) {
  fs::copy_file(firejail, scratch.path("firejail"));  // a copy is ours, and so has lost the bit
  firejail = scratch.path("firejail");
  const Told told = tell();
  BOOST_TEST_INFO(told.text);
  BOOST_TEST(told.status == 1);
  BOOST_TEST(told.says("  absent          it is set-user-ID root; to do: apt-get install"));
  BOOST_TEST(told.says("  verified        firejail is installed: " + firejail));
  BOOST_TEST(told.says("Scripts cannot be served in tier full"));
}

BOOST_AUTO_TEST_CASE(a_program_in_the_place_of_firejail_that_confines_nothing_is_found) {
  // Not even tried: no setuid bit. The profile and the version are in order.
  firejail = scratch.file("firejail", "#!/bin/sh\necho 'firejail version 0.9.72'\n");
  const Told told = tell();
  BOOST_TEST_INFO(told.text);
  BOOST_TEST(told.status == 1);
  BOOST_TEST(told.says("  verified        firejail is 0.9.72 or newer: firejail version 0.9.72\n"));
  BOOST_TEST(!told.says("inside, "));
}

BOOST_AUTO_TEST_CASE(a_profile_that_is_missing_is_found) {
  profile = scratch.path("python-executor.profile");
  const Told told = tell();
  BOOST_TEST_INFO(told.text);
  BOOST_TEST(told.status == 1);
  BOOST_TEST(told.says("  absent          its profile can be read: " + profile +
                       "; to do: install -m 0644"));
}

BOOST_AUTO_TEST_CASE(a_process_with_no_new_privs_is_found) {
  prefix = {"/usr/bin/setpriv", "--no-new-privs"};
  const Told told = tell();
  BOOST_TEST_INFO(told.text);
  BOOST_TEST(told.status == 1);
  BOOST_TEST(told.says("  absent          no_new_privs is not set"));
  BOOST_TEST(told.says("NoNewPrivileges=no"));
  // From 0.9.74 on firejail does not even say its version without its rights; 0.9.80 says it, and
  // starts the zygote in no jail.
  BOOST_TEST((told.says("  absent          a zygote starts and answers") ||
              told.says("  absent          firejail's version") ||
              told.says("  absent          outside, jail.pid is \"shared\"")));
}

BOOST_AUTO_TEST_CASE(a_lower_tier_that_attests_makes_the_absent_jail_optional) {
  profile = scratch.path("python-executor.profile");
  prefix = {"/usr/bin/env", "PYTHON_EXECUTOR_MINIMUM_TIER=namespaces"};
  const Told told = tell();
  BOOST_TEST_INFO(told.text);
  BOOST_TEST(told.status == 0);
  BOOST_TEST(told.says("  absent          its profile can be read: " + profile + " (optional)"));
  BOOST_TEST(told.says("Scripts can be served, in tier namespaces.\n"));
}

// Only the launcher of a running service starts its zygotes.
BOOST_AUTO_TEST_CASE(the_tier_uid_without_its_launcher_is_called_unknown_and_not_absent) {
  const Told told = run({"--tier=uid", "--minimum-tier=uid"});
  BOOST_TEST_INFO(told.text);
  BOOST_TEST(told.status == 1);
  BOOST_TEST(told.text.starts_with(
      "Whether scripts can be served in tier uid cannot be tried from here: a running service"));
}

BOOST_AUTO_TEST_CASE(a_running_service_is_left_alone) {
  for (const std::string& directory : shared_server().directories()) {
    const std::string path = directory + "/responder.sock";
    if (fs::exists(path)) socket = path;
  }
  BOOST_REQUIRE(fs::exists(socket));
  const auto before = fs::last_write_time(socket);
  const Told told = tell();
  BOOST_TEST_INFO(told.text);
  BOOST_TEST(told.status == 0);
  BOOST_TEST(told.says("  verified        the socket is closed to others: 0660, so "));
  BOOST_TEST((fs::last_write_time(socket) == before));
  BOOST_TEST(result_of("def main():\n    return 'served'") == "served");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor::test
