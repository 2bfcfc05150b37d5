// What the doctor makes of what the machine grants: the kernel, its namespaces and cgroups, a
// container, the rights that the service is started with, memory.
#include <linux/capability.h>

#include <cerrno>
#include <cstdint>
#include <string>

#include "doctor/caller.h"
#include "doctor/cgroup.h"
#include "doctor/container.h"
#include "doctor/kernel.h"
#include "doctor/namespaces.h"
#include "doctor/resources.h"
#include "support/boost_test.h"
#include "unit/doctor_findings.h"

namespace executor {
namespace {

using test::good_caller;
using test::good_kernel;
using test::is_absent;
using test::is_verified;
using test::kFull;
using test::kLowest;
using test::lines_with;

BOOST_AUTO_TEST_SUITE(doctor_machine_test)

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

BOOST_AUTO_TEST_CASE(memory_for_fewer_runs_is_optional_and_says_for_how_many) {
  constexpr std::uint64_t kGigabyte = 1 << 30;
  const ResourceFacts facts{kGigabyte, kGigabyte, kGigabyte};
  BOOST_TEST(count_missing(judge_resources(facts, 4, kGigabyte / 2)) == 0U);
  BOOST_TEST(is_absent(judge_resources(facts, 4, kGigabyte / 2), "--workers 2,"));
  BOOST_TEST(is_verified(judge_resources(facts, 2, kGigabyte / 2), "memory for 2 runs of 512 MB"));
  BOOST_TEST(count_missing(judge_resources({kGigabyte, kGigabyte, 0}, 1, 1)) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
