// The attestation of the sandbox, tried on runners in each of which one thing is missing that it
// claims to notice (tests/weakened): not one of them may be let serve. They are started in the tier
// namespaces, whose attestation is that of the tier full but for firejail.
#include <filesystem>
#include <fstream>
#include <string>

#include "execution/attest_sandbox.h"
#include "jail/subordinate_ids.h"
#include "support/boost_test.h"
#include "support/sandbox.h"

namespace executor {
namespace {

namespace fs = std::filesystem;

struct Weakening {
  const char* suffix;   // of the runner's name
  const char* noticed;  // a part of what is said
};

// The first fifteen were made by an author who had not seen the attestation, the others before it
// was extended: of the last fifteen, which another author chose, five had not been noticed.
constexpr Weakening kWeakenings[] = {
    {"entries", "entry.32_bit is \"open\""},
    {"more-calls", "filter is \""},
    {"more-devices", "names./dev is \"zero\""},
    {"exposed", "mounts.writable is \""},
    {"death-signal", "death_signal is \"0\""},
    {"session", "session is \"shared\""},
    {"priority", "priority is \"the service's\""},
    {"oom-score", "oom_score_adj is \""},
    {"used-networks", "a network in which packets were sent is used again"},
    {"descriptor-1500", "descriptors is \"0 1 2 1000 1500\""},
    {"mount-flags", "mounts.suid is \""},
    {"shared-memory", "filter is \""},
    {"secure-bits", "securebits is \"0\""},
    {"socket-options", "filter is \""},
    {"device-commands", "filter is \""},
    {"bounding-set", "bounding_set is \"1\""},
    {"stdin", "streams is \""},
    {"one-network", "two runs have one network"},
    {"cgroup-namespace", "ns.cgroup is \""},
    {"address-space", "limit.as is \""},
    {"proc", "proc is \""},
    {"scratch", "scratch is \""},
    {"accounts", "accounts is \""},
    {"sockets", "families is \""},
    {"namespace-flags", "act.clone_newuser is \""},
    {"debugging", "act.ptrace is \""},
    {"propagation", "mounts.shared is \""},
    {"environment", "environment is \"SECRET\""},
    {"sessions", "filter is \""},
    {"host-logs", "mounts.more is \"/mnt\""},
    {"host-files", "mounts.more is \"/usr/lib/locale"},
    {"swapped-device", "devices is \"full\""},
    {"job-inherited", "descriptors.inheritable is \"0 1 2 1000\""},
    {"old-root", "clone a worker: Operation not permitted"},
    {"hard-limits", "limit.nofile is \"256 "},
    {"whole-arguments", "the second seccomp filter: a rule that it cannot say"},
    {"priorities", "filter is \""},
    {"socket-answers", "filter is \""},
    {"core-dumps", "filter is \""},
    {"memory-advice", "filter is \""},
    {"host-name", "ns.uts is \""},
    {"scratch-root", "descriptors is \"0 1 2 1000 1001\""},
    {"one-capability", "capabilities is \""},
};

// Only where each run has a user id of its own.
constexpr Weakening kMoreIds = {"more-ids", "ids.mapped is \"1000 1, 1001 1, 1000 1, 1001 1\""};

namespace ut = boost::unit_test;

ut::precondition with_subordinate_ids() {
  return ut::precondition(
      [](ut::test_unit_id) { return usable_ids(survey_identity(), 4).has_value(); });
}

PoolOptions options_of(const std::string& runner) {
  PoolOptions options = test::pool_options(1);
  options.setup.tier = Tier::kNamespaces;
  options.setup.expose = {"/usr/share/doc"};
  options.jail.runner = runner;
  return options;
}

// Why a pool with this runner does not serve.
std::string refusal(const std::string& runner) {
  Pool pool(options_of(runner), attest_sandbox, [](const std::string&) {});
  pool.start();
  const auto attested = pool.await_attested(Deadline::after(test::kHang));
  return attested ? "it serves" : attested.error().text();
}

fs::path weakened_runner() {
  const fs::path built(test::jail_options().runner);
  return built.parent_path() / "weakened" / built.filename();
}

// The profile of this build without the lines that hold `part`.
std::string profile_without(const std::string& part) {
  std::ifstream file(test::jail_options().firejail.profile);
  std::string text;
  for (std::string line; std::getline(file, line);) {
    if (line.find(part) == std::string::npos) text += line + "\n";
  }
  return text;
}

std::string start_error(const std::string& profile) {
  JailOptions options = test::jail_options();
  options.firejail.profile = profile;
  const auto jail = Jail::start(options, Setup());
  return jail ? "it started" : jail.error().text();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

BOOST_AUTO_TEST_SUITE(weakened_test)

BOOST_AUTO_TEST_CASE(a_runner_in_which_nothing_is_missing_serves) {
  const test::Scratch scratch;
  const std::string runner = scratch.path("runner.none");
  fs::copy_file(weakened_runner(), runner);
  BOOST_TEST(refusal(runner) == "it serves");
}

void check_that_it_is_noticed(const Weakening& weakening) {
  const test::Scratch scratch;
  const std::string runner = scratch.path(std::string("runner.") + weakening.suffix);
  fs::copy_file(weakened_runner(), runner);
  const std::string said = refusal(runner);
  BOOST_TEST(contains(said, weakening.noticed), weakening.suffix << ": " << said);
}

BOOST_AUTO_TEST_CASE(each_weakening_keeps_the_service_from_starting_and_is_named) {
  for (const Weakening& weakening : kWeakenings) check_that_it_is_noticed(weakening);
}

BOOST_AUTO_TEST_CASE(a_second_id_of_a_run_is_noticed, *with_subordinate_ids()) {
  check_that_it_is_noticed(kMoreIds);
}

BOOST_AUTO_TEST_CASE(a_profile_that_lacks_a_line_starts_no_jail) {
  const test::Scratch scratch;
  const std::string hollow =
      scratch.file("hollow.profile", "quiet\nseccomp !mount,!mount_setattr,!umount2,!pivot_root\n");
  BOOST_TEST(contains(start_error(hollow), "it lacks the line \""), start_error(hollow));
  for (const std::string line : {"caps.drop all", "net none", "nonewprivs", "private-dev"}) {
    const std::string profile = scratch.file("a.profile", profile_without(line));
    BOOST_TEST(contains(start_error(profile), "it lacks the line \"" + line + "\""), line);
  }
}

BOOST_AUTO_TEST_CASE(a_profile_with_a_line_that_takes_others_back_starts_no_jail) {
  const test::Scratch scratch;
  const std::string profile =
      scratch.file("a.profile", profile_without("nothing at all") + "ignore net\n");
  BOOST_TEST(contains(start_error(profile), "\"ignore net\" is not in python-executor's own"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
