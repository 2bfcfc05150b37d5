// What the doctor makes of what is installed and set up: firejail, libfcgi, Python, the socket, ids
// for runs.
#include <sys/stat.h>

#include <string>

#include "doctor/fastcgi_library.h"
#include "doctor/firejail.h"
#include "doctor/identity.h"
#include "doctor/python.h"
#include "doctor/socket.h"
#include "support/boost_test.h"
#include "unit/doctor_findings.h"

namespace executor {
namespace {

using test::good_firejail;
using test::good_socket;
using test::is_absent;
using test::is_verified;
using test::kFull;
using test::kLowest;
using test::lines_with;

BOOST_AUTO_TEST_SUITE(doctor_installation_test)

BOOST_AUTO_TEST_CASE(a_firejail_without_its_setuid_bit_is_absent) {
  FirejailFacts facts = good_firejail();
  facts.setuid_root = false;
  BOOST_TEST(is_absent(judge_firejail(facts, kFull, "u"), "apt-get install --reinstall firejail"));
  BOOST_TEST(count_missing(judge_firejail(facts, kLowest, "u")) == 0U);
  facts = good_firejail();
  facts.nosuid = true;
  BOOST_TEST(count_missing(judge_firejail(facts, kFull, "u")) == 1U);
}

BOOST_AUTO_TEST_CASE(an_old_firejail_is_absent_with_the_names_of_its_faults) {
  FirejailFacts facts = good_firejail();
  facts.version = FirejailVersion{0, 9, 66};
  facts.printed = "firejail version 0.9.66";
  const Section section = judge_firejail(facts, kFull, "u");
  BOOST_TEST(is_absent(section, "CVE-2022-31214"));
  BOOST_TEST(!is_absent(section, "CVE-2020-17368"));
  facts.version = FirejailVersion{0, 9, 52};
  BOOST_TEST(is_absent(judge_firejail(facts, kFull, "u"), "CVE-2020-17368"));
  facts.version = {};
  facts.printed = "no such thing";
  BOOST_TEST(is_absent(judge_firejail(facts, kFull, "u"), "\"no such thing\""));
  BOOST_TEST(is_absent(judge_firejail(facts, kFull, "u"), "to do: apt-get install --reinstall"));
  facts.refused = true;
  BOOST_TEST(
      is_absent(judge_firejail(facts, kFull, "u"), "to do: let it have what this process lacks"));
}

BOOST_AUTO_TEST_CASE(a_profile_that_is_not_there_is_absent_with_the_command_that_installs_it) {
  FirejailFacts facts = good_firejail();
  facts.profile_readable = false;
  BOOST_TEST(is_absent(judge_firejail(facts, kFull, "u"),
                       "install -m 0644 firejail/python-executor.profile "
                       "/etc/firejail/python-executor.profile"));
}

BOOST_AUTO_TEST_CASE(a_user_who_is_not_listed_for_firejail_is_absent) {
  FirejailFacts facts = good_firejail();
  facts.user_listed = false;
  BOOST_TEST(
      is_absent(judge_firejail(facts, kFull, "u"), "echo u >> /etc/firejail/firejail.users"));
  facts.user_listed = true;
  BOOST_TEST(count_missing(judge_firejail(facts, kFull, "u")) == 0U);
}

BOOST_AUTO_TEST_CASE(fixed_versions_of_libfcgi_are_distinguished_from_others) {
  for (const char* fixed :
       {"2.4.2-2+deb12u1", "2.4.2-2+deb11u1", "2.4.5-0.1", "1:2.4.6", "2.5.0"}) {
    BOOST_TEST(libfcgi_is_fixed(fixed), fixed);
  }
  for (const char* old :
       {"2.4.2-2", "2.4.0-8", "2.4.2-2build4", "2.4.4", "2.4.2-2+deb12u0", "x", ""}) {
    BOOST_TEST(!libfcgi_is_fixed(old), old);
  }
}

BOOST_AUTO_TEST_CASE(a_libfcgi_of_unknown_version_does_not_apply) {
  const Section section = judge_fastcgi_library({"/opt/libfcgi.so.0", "", ""});
  BOOST_TEST(count_missing(section) == 0U);
  BOOST_TEST(lines_with(section, CheckResult::kNotApplicable).find("/opt/libfcgi.so.0") !=
             std::string::npos);
  BOOST_TEST(is_absent(judge_fastcgi_library({"/l", "libfcgi0ldbl:amd64", "2.4.2-2"}),
                       "--only-upgrade libfcgi0ldbl\n"));
}

BOOST_AUTO_TEST_CASE(a_socket_or_directory_that_others_can_write_is_absent) {
  SocketFacts facts = good_socket();
  facts.mode = S_IFSOCK | 0660;
  BOOST_TEST(
      is_verified(judge_socket(facts, "u"), "0660, so python-executor and the group www-data"));
  facts.mode = S_IFSOCK | 0666;
  BOOST_TEST(is_absent(judge_socket(facts, "u"), "chmod 0660 /run/x/s"));
  facts = good_socket();
  facts.directory_mode = 01777;
  BOOST_TEST(is_absent(judge_socket(facts, "u"), "chmod o-w /run/x"));
}

BOOST_AUTO_TEST_CASE(a_directory_that_we_cannot_write_matters_only_without_a_socket) {
  SocketFacts facts = good_socket();
  facts.directory_writable = false;
  BOOST_TEST(count_missing(judge_socket(facts, "u")) == 1U);
  facts.mode = S_IFSOCK | 0660;
  BOOST_TEST(count_missing(judge_socket(facts, "u")) == 0U);
  facts.mode = {};
  facts.directory_there = false;
  BOOST_TEST(is_absent(judge_socket(facts, "u"), "install -d -m 0750 -o u -g www-data /run/x"));
}

BOOST_AUTO_TEST_CASE(the_usual_directory_is_made_when_the_service_starts) {
  SocketFacts facts = good_socket();
  facts.usual = true;
  facts.directory_there = facts.directory_writable = false;
  BOOST_TEST(count_missing(judge_socket(facts, "u")) == 0U);
  facts.directory_there = true;
  facts.directory_mode = 01777;
  BOOST_TEST(is_absent(judge_socket(facts, "u"), "chmod o-w /run/x"));
}

BOOST_AUTO_TEST_CASE(an_address_has_no_permissions) {
  SocketFacts facts;
  facts.path = "127.0.0.1:9000";
  facts.tcp = true;
  BOOST_TEST(count_missing(judge_socket(facts, "u")) == 0U);
  BOOST_TEST(
      lines_with(judge_socket(facts, "u"), CheckResult::kNotApplicable).find("can connect") !=
      std::string::npos);
}

BOOST_AUTO_TEST_CASE(modules_that_cannot_be_imported_and_threads_are_absent) {
  PythonFacts facts;
  facts.version = "3.11.2";
  facts.threads = 1;
  facts.modules = {{"json", ""}, {"numpy", "1.24.2"}};
  BOOST_TEST(is_verified(judge_python(facts), "module numpy 1.24.2"));
  BOOST_TEST(count_missing(judge_python(facts)) == 0U);
  facts.missing = {{"pandas.core", "ModuleNotFoundError: No module named 'pandas'"}};
  BOOST_TEST(is_absent(judge_python(facts), "apt-get install python3-pandas"));
  facts.missing.clear();
  facts.threads = 8;
  BOOST_TEST(is_absent(judge_python(facts), "one thread after all imports: 8"));
  facts.error = "run /usr/bin/python3: No such file or directory";
  BOOST_TEST(count_missing(judge_python(facts)) == 1U);
}

BOOST_AUTO_TEST_CASE(what_runs_lack_for_ids_of_their_own_has_a_remedy_and_is_needed_if_required) {
  IdentityFacts facts;
  facts.user = "service";
  facts.programs = facts.privileged = true;
  facts.uids = facts.gids = IdRange{100'000, 65'536};
  BOOST_TEST(
      is_verified(judge_identity(facts, true, 92), "gives service at least 92 ids in a row"));
  BOOST_TEST(count_missing(judge_identity(facts, true, 92)) == 0U);
  facts.gids = IdRange{100'000, 91};
  BOOST_TEST(count_missing(judge_identity(facts, false, 92)) == 0U);
  BOOST_TEST(count_missing(judge_identity(facts, true, 92)) == 1U);
  BOOST_TEST(is_absent(judge_identity(facts, true, 92), "usermod --add-subgids"));
  facts.uids.reset();
  BOOST_TEST(is_absent(judge_identity(facts, true, 92), "usermod --add-subuids"));
  facts.programs = false;
  BOOST_TEST(is_absent(judge_identity(facts, true, 92), "apt-get install uidmap"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
