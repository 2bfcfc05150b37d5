// What the doctor makes of facts. Reading them from a machine is tested where the doctor is run.
#include <linux/capability.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>

#include "doctor/caller.h"
#include "doctor/cgroup.h"
#include "doctor/container.h"
#include "doctor/fastcgi_library.h"
#include "doctor/firejail.h"
#include "doctor/identity.h"
#include "doctor/kernel.h"
#include "doctor/namespaces.h"
#include "doctor/needs.h"
#include "doctor/python.h"
#include "doctor/resources.h"
#include "doctor/socket.h"
#include "doctor/tiers.h"
#include "support/boost_test.h"

namespace executor {
namespace {

// The machine on which everything is as it should be.
KernelFacts good_kernel() {
  return {"6.1.0-18-amd64", true, true, true, true, true, 2};
}
CallerFacts good_caller() {
  return {995, "python-executor", false, ~std::uint64_t{0}, 20'000};
}
FirejailFacts good_firejail() {
  return {"/usr/bin/firejail",
          "/etc/firejail/python-executor.profile",
          true,
          true,
          false,
          "firejail version 0.9.72",
          FirejailVersion{0, 9, 72},
          true,
          {}};
}
SocketFacts good_socket() {
  return {"/run/x/s", "/run/x", false, true, true, 0750, {}, "python-executor", "www-data"};
}

// The lines of the section whose result is `result`, those of a test's own words first.
std::string lines_with(const Section& section, CheckResult result) {
  Section only{section.title, {}};
  for (const Finding& finding : section.findings) {
    if (finding.result == result) only.findings.push_back(finding);
  }
  return rendered(only);
}

bool is_absent(const Section& section, const std::string& words) {
  return lines_with(section, CheckResult::kAbsent).find(words) != std::string::npos;
}
bool is_verified(const Section& section, const std::string& words) {
  return lines_with(section, CheckResult::kVerified).find(words) != std::string::npos;
}

constexpr Needs kFull{true, true};
constexpr Needs kLowest{false, false};

BOOST_AUTO_TEST_SUITE(doctor_test)

BOOST_AUTO_TEST_CASE(a_finding_is_one_line_whatever_it_holds) {
  const Section section{"title", {missing_required("a\nb\x1b[31m", "do\tthis\n"), verified("c")}};
  const std::string text = rendered(section);
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 3);
  BOOST_TEST(text.find('\x1b') == std::string::npos);
  BOOST_TEST(text.find("  absent          a b [31m; to do: do this\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(only_what_is_needed_counts_as_missing) {
  BOOST_TEST(
      count_missing({"", {missing_optional("a", "b"), verified("c"), not_applicable("d")}}) == 0U);
  BOOST_TEST(count_missing({"",
                            {missing_optional("a", "b"), missing_required("c", "d"),
                             missing_required("e", "f")}}) == 2U);
  BOOST_TEST(rendered({"", {missing_optional("a", "b")}}).find("a (optional); to do: b") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_told_needed_and_optional_apart_each_with_its_remedy) {
  const std::vector<Section> sections = {
      {"one", {verified("fine"), missing_required("a", "do x"), missing_optional("b", "do y")}},
      {"two", {not_applicable("n"), missing_required("c", "")}}};
  BOOST_TEST(rendered_missing(sections, true) == "  one: a\n    to do: do x\n  two: c\n");
  BOOST_TEST(rendered_missing(sections, false) == "  one: b\n    to do: do y\n");
  BOOST_TEST(rendered_missing({{"fine", {verified("a")}}}, true) == "");
}

BOOST_AUTO_TEST_CASE(missing_facts_with_one_remedy_have_it_once_and_many_are_counted) {
  Section section{"attestation", {missing_required("other", "do y")}};
  for (const char* fact : {"a", "b", "c", "d", "e", "f", "g"}) {
    section.findings.push_back(missing_required(fact, "do x\nnow"));
  }
  BOOST_TEST(
      rendered_missing({section}, true) ==
      "  attestation: other\n    to do: do y\n"
      "  attestation: a\n  attestation: b\n  attestation: c\n  attestation: d\n  attestation: e\n"
      "  and 2 more like these (--verbose)\n    to do: do x now\n");
}

BOOST_AUTO_TEST_CASE(a_good_machine_lacks_nothing) {
  BOOST_TEST(count_missing(judge_kernel(good_kernel(), kFull)) == 0U);
  BOOST_TEST(count_missing(judge_namespaces({96'000, 1, 0, 0, 0}, kFull)) == 0U);
  BOOST_TEST(count_missing(judge_caller(good_caller(), kFull, 172)) == 0U);
  BOOST_TEST(count_missing(judge_firejail(good_firejail(), kFull, "python-executor")) == 0U);
  BOOST_TEST(count_missing(judge_socket(good_socket(), "python-executor")) == 0U);
}

BOOST_AUTO_TEST_CASE(a_kernel_before_5_14_is_absent) {
  KernelFacts facts = good_kernel();
  for (const std::string release : {"5.13.19", "4.19.0-26-amd64", "5.4", ""}) {
    facts.release = release;
    BOOST_TEST(is_absent(judge_kernel(facts, kFull), "Linux 5.14 or newer: " + release));
  }
  for (const std::string release : {"5.14.0", "5.15.0-1-amd64", "6.1", "10.0"}) {
    facts.release = release;
    BOOST_TEST(is_verified(judge_kernel(facts, kFull), "Linux 5.14 or newer: " + release));
  }
}

BOOST_AUTO_TEST_CASE(landlock_is_optional_in_the_tier_that_uses_it_and_unused_in_others) {
  KernelFacts facts = good_kernel();
  facts.landlock_abi = 0;
  BOOST_TEST(is_absent(judge_kernel(facts, kLowest), "Landlock (optional)"));
  BOOST_TEST(count_missing(judge_kernel(facts, kLowest)) == 0U);
  BOOST_TEST(!is_absent(judge_kernel(facts, kFull), "Landlock"));
}

BOOST_AUTO_TEST_CASE(landlock_is_missing_where_it_is_required) {
  KernelFacts facts = good_kernel();
  const Needs needs{.jail = false, .namespaces = false, .landlock = true};
  BOOST_TEST(count_missing(judge_kernel(facts, needs)) == 0U);
  facts.landlock_abi = 0;
  BOOST_TEST(count_missing(judge_kernel(facts, needs)) == 1U);
}

BOOST_AUTO_TEST_CASE(each_setting_that_forbids_user_namespaces_is_named_with_its_command) {
  BOOST_TEST(is_absent(judge_namespaces({0, 1, 0, 0, 0}, kFull),
                       "sysctl -w user.max_user_namespaces=10000"));
  BOOST_TEST(is_absent(judge_namespaces({9, 0, 0, 0, 0}, kFull),
                       "sysctl -w kernel.unprivileged_userns_clone=1"));
  BOOST_TEST(is_absent(judge_namespaces({9, 1, 1, 0, EPERM}, kFull),
                       "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"));
}

BOOST_AUTO_TEST_CASE(a_restriction_of_apparmors_from_which_this_program_is_excepted_is_none) {
  const Section section = judge_namespaces({9, 1, 1, 0, 0}, kFull);
  BOOST_TEST(count_missing(section) == 0U);
  BOOST_TEST(lines_with(section, CheckResult::kVerified).find("a profile excepts this program") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(settings_that_a_kernel_does_not_have_do_not_apply) {
  const Section section = judge_namespaces({{}, {}, {}, 0, 0}, kFull);
  BOOST_TEST(count_missing(section) == 0U);
  BOOST_TEST(lines_with(section, CheckResult::kNotApplicable).find("apparmor") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(user_namespaces_that_cannot_be_made_are_missing_only_where_the_tier_has_them) {
  const NamespaceFacts refused{96'000, {}, {}, EPERM, EPERM};
  BOOST_TEST(is_absent(judge_namespaces(refused, kFull),
                       "a user namespace can be made: Operation not permitted"));
  BOOST_TEST(count_missing(judge_namespaces(refused, kFull)) == 1U);
  BOOST_TEST(!is_absent(judge_namespaces(refused, kFull), "AppArmor"));
  BOOST_TEST(count_missing(judge_namespaces(refused, kLowest)) == 0U);
}

BOOST_AUTO_TEST_CASE(a_root_that_a_containers_filter_does_not_let_change_is_named_with_the_flag) {
  const NamespaceFacts refused{9, {}, {}, 0, 0, EPERM};
  BOOST_TEST(is_absent(judge_namespaces(refused, kFull), "--security-opt seccomp=unconfined"));
  BOOST_TEST(count_missing(judge_namespaces(refused, kFull)) == 1U);
  BOOST_TEST(count_missing(judge_namespaces(refused, kLowest)) == 0U);
}

BOOST_AUTO_TEST_CASE(no_new_privs_is_absent_with_the_options_that_set_it) {
  CallerFacts facts = good_caller();
  facts.no_new_privs = true;
  BOOST_TEST(is_absent(judge_caller(facts, kFull, 1), "NoNewPrivileges=no"));
  BOOST_TEST(count_missing(judge_caller(facts, kFull, 1)) == 1U);
  BOOST_TEST(count_missing(judge_caller(facts, kLowest, 1)) == 0U);
}

BOOST_AUTO_TEST_CASE(a_bounding_set_without_what_firejail_takes_is_named) {
  CallerFacts facts = good_caller();
  facts.bounding_set &= ~(std::uint64_t{1} << CAP_SYS_ADMIN | std::uint64_t{1} << CAP_MKNOD);
  BOOST_TEST(is_absent(judge_caller(facts, kFull, 1), "not SYS_ADMIN MKNOD;"));
}

BOOST_AUTO_TEST_CASE(a_user_without_a_name_and_the_user_nobody_are_refused) {
  CallerFacts facts = good_caller();
  facts.user = "";
  BOOST_TEST(count_missing(judge_caller(facts, kFull, 1)) == 1U);
  facts.user = "nobody";
  BOOST_TEST(count_missing(judge_caller(facts, kFull, 1)) == 1U);
}

BOOST_AUTO_TEST_CASE(too_few_descriptors_are_optional) {
  CallerFacts facts = good_caller();
  facts.open_files = 100;
  const Section section = judge_caller(facts, kFull, 172);
  BOOST_TEST(is_absent(section, "LimitNOFILE=172"));
  BOOST_TEST(count_missing(section) == 0U);
}

BOOST_AUTO_TEST_CASE(a_container_that_firejail_does_not_recognise_is_absent) {
  BOOST_TEST(count_missing(judge_container({true, {}}, kFull)) == 0U);
  BOOST_TEST(count_missing(judge_container({false, ""}, kFull)) == 1U);
  BOOST_TEST(is_absent(judge_container({false, "oci"}, kFull), "container=docker"));
  BOOST_TEST(is_verified(judge_container({false, "docker"}, kFull), "container=docker"));
  BOOST_TEST(is_verified(judge_container({false, "systemd-nspawn"}, kFull), "systemd-nspawn"));
  BOOST_TEST(count_missing(judge_container({false, ""}, kLowest)) == 0U);
}

BOOST_AUTO_TEST_CASE(what_process_1_has_of_the_container_is_neither_verified_nor_absent_unread) {
  const Section section = judge_container({false, {}}, kFull);
  BOOST_TEST(lines_with(section, CheckResult::kNotApplicable).find("only root can read") !=
             std::string::npos);
  BOOST_TEST(section.findings.size() == 1U);
}

BOOST_AUTO_TEST_CASE(cgroups_are_optional_and_each_controller_is_looked_for) {
  BOOST_TEST(is_absent(judge_cgroup({}), "cgroup v2 (optional)"));
  const Section section = judge_cgroup({.unified = true,
                                        .path = "/system.slice/x",
                                        .refusal = {},
                                        .controllers = "cpuset memory cpu\n"});
  BOOST_TEST(is_verified(section, "a cgroup delegated to this service: /system.slice/x"));
  BOOST_TEST(is_verified(section, "its controller cpu\n"));
  BOOST_TEST(is_verified(section, "its controller memory\n"));
  BOOST_TEST(is_absent(section, "its controller pids"));
  BOOST_TEST(count_missing(section) == 0U);
}

// The shell's own scope is its user's and can be written to, yet the service makes nothing in it.
BOOST_AUTO_TEST_CASE(a_cgroup_that_the_service_would_not_take_is_absent_with_the_reason) {
  const std::string reason = "the cgroup /session.scope is not marked as delegated";
  const Section section = judge_cgroup(
      {.unified = true, .path = "/session.scope", .refusal = reason, .controllers = "memory pids"});
  BOOST_TEST(is_absent(section, reason));
  BOOST_TEST(is_absent(section, "Delegate=cpu memory pids"));
  BOOST_TEST(count_missing(section) == 0U);
}

BOOST_AUTO_TEST_CASE(cgroups_that_the_configuration_does_not_want_are_not_looked_for) {
  const Section section = judge_cgroup(
      {.unified = true, .wanted = false, .path = "/x", .refusal = "it is off", .controllers = ""});
  BOOST_TEST(!is_absent(section, "delegated"));
}

BOOST_AUTO_TEST_CASE(cgroups_that_the_configuration_requires_are_no_longer_optional) {
  BOOST_TEST(count_missing(judge_cgroup({.unified = false, .required = true})) == 1U);
  const Section section = judge_cgroup({.unified = true, .required = true, .refusal = "no"});
  BOOST_TEST(count_missing(section) == 1U);
}

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

BOOST_AUTO_TEST_CASE(memory_for_fewer_runs_is_optional_and_says_for_how_many) {
  constexpr std::uint64_t kGigabyte = 1 << 30;
  const ResourceFacts facts{kGigabyte, kGigabyte, kGigabyte};
  BOOST_TEST(count_missing(judge_resources(facts, 4, kGigabyte / 2)) == 0U);
  BOOST_TEST(is_absent(judge_resources(facts, 4, kGigabyte / 2), "--workers 2,"));
  BOOST_TEST(is_verified(judge_resources(facts, 2, kGigabyte / 2), "memory for 2 runs of 512 MB"));
  BOOST_TEST(count_missing(judge_resources({kGigabyte, kGigabyte, 0}, 1, 1)) == 1U);
}

BOOST_AUTO_TEST_CASE(each_promise_of_a_tier_is_a_finding) {
  const auto findings = findings_of({{"pid", "1", "1", true, true},
                                     {"seccomp", "2", "0", true, true},
                                     {"ns.net", "own", {}, true, false},
                                     {"jail.pid", "own", "shared", false, false}});
  const Section section{"", findings};
  BOOST_TEST(is_verified(section, "inside, pid = \"1\""));
  BOOST_TEST(is_absent(section, "inside, seccomp is \"0\", not \"2\""));
  BOOST_TEST(is_absent(section, "outside, ns.net is unknown, not \"own\""));
  BOOST_TEST(lines_with(section, CheckResult::kNotApplicable).find("jail.pid") !=
             std::string::npos);
  BOOST_TEST(count_missing(section) == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
