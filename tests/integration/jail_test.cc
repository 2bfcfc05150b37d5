// The jail with the real firejail and the real runner, and with everything that can be wrong with
// them. What must never happen is that scripts run in something that is no jail.
#include "jail/jail.h"

#include <unistd.h>

#include <string>

#include "execution/attest_sandbox.h"
#include "execution/service.h"
#include "support/boost_test.h"
#include "support/sandbox.h"
#include "wire/packet.h"

namespace executor {
namespace {

using test::await;
using test::jail_options;
using test::Scratch;

// Runs the program that firejail was to run, without any jail: what firejail itself does where it
// takes itself for inside a container.
constexpr const char* kBareFirejail = R"(#!/bin/sh
for last; do :; done
exec "$last"
)";

// A zygote's side of the control socket in Python, for what a real one does not do.
constexpr const char* kFakeZygote = R"(#!/usr/bin/python3
import os, socket, struct, sys, time
control = socket.socket(fileno=0)
def text(tag, words, more=b""):
    control.send(struct.pack("=BI", tag, len(words)) + words.encode() + more)
def failed(words):
    text(5, words, bytes(4))
setup = control.recv(65536)
)";

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string start_error(const JailOptions& options, const Setup& setup = {}) {
  const auto jail = Jail::start(options, setup);
  return jail ? "it started" : jail.error().text();
}

FromJail next_worker(const Jail& jail) {
  auto next = jail.next();
  BOOST_REQUIRE(next.has_value());
  BOOST_REQUIRE(next->has_value());
  const auto* failed = std::get_if<ZygoteFailed>(&(*next)->message);
  BOOST_REQUIRE_MESSAGE(failed == nullptr, (failed != nullptr ? failed->text : ""));
  BOOST_REQUIRE(std::holds_alternative<WorkerStarted>((*next)->message));
  return std::move(**next);
}

std::string check_error(const FirejailOptions& options) {
  const auto fit = check_firejail(options);
  return fit ? "it is fit" : fit.error().text();
}

JailOptions with_firejail(const std::string& program) {
  JailOptions options = jail_options();
  options.firejail.program = program;
  return options;
}

// Why a pool with this jail could not be attested.
std::string attestation_error(const JailOptions& jail) {
  PoolOptions options = test::pool_options();
  options.jail = jail;
  Pool pool(std::move(options), attest_sandbox, [](const std::string&) {});
  pool.start();
  const auto attested = pool.await_attested(Deadline::after(test::kHang));
  const auto lease = pool.acquire(Deadline::after(Clock::duration::zero()));
  BOOST_TEST(!lease.has_value(), "a pool that is not attested lends no worker");
  BOOST_TEST(pool.unhealthy_reason() != "");
  return attested ? "it is attested" : attested.error().text();
}

ServiceOptions service_options(const JailOptions& jail) {
  ServiceOptions options;
  options.jail = jail;
  options.sets = {{.name = "light", .modules = {}, .also = {}, .warm_up = "", .ready = 1}};
  return options;
}

std::string service_error(const JailOptions& jail) {
  Service service(service_options(jail), [](const std::string&) {});
  const auto started = service.start();
  BOOST_TEST(service.unhealthy_reason().empty() == started.has_value());
  return started ? "it started" : started.error().text();
}

BOOST_AUTO_TEST_SUITE(jail_test)

BOOST_AUTO_TEST_CASE(the_real_jail_is_ready_and_reports_pythons_version) {
  const auto jail = Jail::start(jail_options(), Setup());
  BOOST_REQUIRE_MESSAGE(jail.has_value(), (jail ? "" : jail.error().text()));
  BOOST_TEST(jail->python_version().starts_with("3."));
}

BOOST_AUTO_TEST_CASE(the_jail_and_all_in_it_end_with_their_owner) {
  std::vector<test::Process> processes;
  {
    const auto jail = Jail::start(jail_options(), Setup());
    BOOST_REQUIRE(jail.has_value());
    BOOST_TEST(jail->spawn(2).has_value());
    std::vector<FromJail> workers;  // their channels stay open
    for (int i = 0; i < 2; ++i) workers.push_back(next_worker(*jail));
    processes = test::descendants(::getpid());
    BOOST_TEST(processes.size() >= 4U);  // firejail, the zygote, two workers
  }
  BOOST_TEST(await([&processes] { return test::all_gone(processes); }));
  BOOST_TEST(test::descendants(::getpid()).empty());
}

BOOST_AUTO_TEST_CASE(the_real_service_starts_and_is_not_in_trouble) {
  BOOST_TEST(service_error(jail_options()) == "it started");
}

BOOST_AUTO_TEST_CASE(a_preloaded_module_that_does_not_exist_is_named) {
  Setup setup;
  setup.preload = {"json", "no_such_module"};
  const std::string error = start_error(jail_options(), setup);
  BOOST_TEST(contains(error, "no_such_module"), error);
  BOOST_TEST(contains(error, "preload"), error);
}

BOOST_AUTO_TEST_CASE(a_runner_that_does_not_exist_is_named) {
  JailOptions options = jail_options();
  options.runner = "/nonexistent/runner";
  BOOST_TEST(start_error(options) ==
             "open the runner /nonexistent/runner: No such file or directory");
}

BOOST_AUTO_TEST_CASE(a_runner_that_is_not_a_program_is_a_failure) {
  JailOptions options = jail_options();
  options.runner = "/bin/true";
  BOOST_TEST(start_error(options) ==
             "start the zygote: the jail ended before the zygote was ready");
}

BOOST_AUTO_TEST_CASE(a_zygote_that_is_never_ready_is_given_up) {
  const Scratch scratch;
  JailOptions options =
      with_firejail(scratch.file("firejail", std::string(kFakeZygote) + "control.recv(1)\n"));
  options.start_timeout = std::chrono::seconds(1);
  BOOST_TEST(start_error(options) == "start the zygote: it was not ready in time");
  BOOST_TEST(test::descendants(::getpid()).empty());
}

BOOST_AUTO_TEST_CASE(an_answer_of_the_launcher_that_comes_too_late_is_not_taken_for_the_next) {
  auto ends = packet_socketpair();
  BOOST_REQUIRE(ends.has_value());
  JailOptions options = jail_options();
  options.launcher_fd = ends->first.get();
  options.start_timeout = std::chrono::seconds(0);
  Setup setup;
  setup.tier = Tier::kUid;
  for (int late = 0; late < 2; ++late) {
    BOOST_TEST(start_error(options, setup) == "start the zygote: it was not ready in time");
  }
  for (const char* answer : {"the first", "the second", "the third"}) {
    BOOST_REQUIRE(send_packet(ends->second.get(), answer).has_value());
  }
  options.start_timeout = std::chrono::seconds(10);
  BOOST_TEST(start_error(options, setup) == "start the zygote: the launcher says: the third");
}

BOOST_AUTO_TEST_CASE(a_zygote_that_talks_nonsense_is_a_failure) {
  const Scratch scratch;
  const auto says = [&scratch](const std::string& act) {
    return start_error(with_firejail(scratch.file("firejail", kFakeZygote + act)));
  };
  BOOST_TEST(contains(says("control.send(b'nonsense')\n"), "it is not one"));
  BOOST_TEST(contains(says("control.send(b'x' * 100_000)\n"), "it was cut"));
  BOOST_TEST(contains(says("socket.send_fds(control, [struct.pack('=BI', 2, 0)], [0])\n"),
                      "wrong number of descriptors"));
  BOOST_TEST(contains(says("control.send(struct.pack('=BQ', 3, 1))\n"), "descriptors"));
  BOOST_TEST(contains(says("failed('out of luck')\n"), "out of luck"));
}

BOOST_AUTO_TEST_CASE(a_canary_worker_that_cannot_be_made_is_a_failure_that_says_why) {
  const Scratch scratch;
  const std::string zygote =
      scratch.file("firejail", std::string(kFakeZygote) +
                                   "text(2, '3.11')\ncontrol.recv(64)\nfailed('no more clones')\n"
                                   "control.recv(64)\n");
  const std::string error = attestation_error(with_firejail(zygote));
  BOOST_TEST(contains(error, "no more clones"), error);
}

BOOST_AUTO_TEST_CASE(a_firejail_that_is_absent_is_a_failure_that_says_what_to_do) {
  const std::string error =
      check_error({.program = "/nonexistent/firejail", .profile = "/dev/null"});
  BOOST_TEST(error ==
             "find /nonexistent/firejail (install the Debian package firejail): "
             "No such file or directory");
  BOOST_TEST(
      contains(start_error(with_firejail("/nonexistent/firejail")), "start /nonexistent/firejail"));
  BOOST_TEST(service_error(with_firejail("/nonexistent/firejail")) == "tier full: " + error);
}

BOOST_AUTO_TEST_CASE(a_firejail_that_cannot_be_started_leaves_no_zombie) {
  for (int i = 0; i < 20; ++i) (void)start_error(with_firejail("/nonexistent/firejail"));
  BOOST_TEST(test::descendants(::getpid()).empty());
}

BOOST_AUTO_TEST_CASE(a_firejail_that_is_not_setuid_root_is_refused) {
  const Scratch scratch;
  const std::string program = scratch.file("firejail", "#!/bin/sh\necho firejail version 0.9.74\n");
  const std::string error = check_error({.program = program, .profile = "/dev/null"});
  BOOST_TEST(contains(error, "is not setuid root"), error);
  BOOST_TEST(service_error(with_firejail(program)) == "tier full: " + error);
}

BOOST_AUTO_TEST_CASE(an_older_firejail_is_refused_with_both_versions) {
  const Scratch scratch;
  const std::string program = scratch.file("firejail", "#!/bin/sh\necho firejail version 0.9.70\n");
  const std::string error = check_error({.program = program, .profile = "/dev/null"});
  BOOST_TEST(contains(error, "firejail 0.9.70 is too old: 0.9.72 or newer is needed"), error);
}

BOOST_AUTO_TEST_CASE(a_firejail_that_prints_no_version_is_refused) {
  const Scratch scratch;
  const std::string program = scratch.file("firejail", "#!/bin/sh\necho hello\n");
  const std::string error = check_error({.program = program, .profile = "/dev/null"});
  BOOST_TEST(contains(error, "hello"), error);
}

BOOST_AUTO_TEST_CASE(a_profile_that_cannot_be_read_is_named) {
  FirejailOptions options = jail_options().firejail;
  options.profile = "/nonexistent/a.profile";
  BOOST_TEST(check_error(options) ==
             "read the firejail profile /nonexistent/a.profile: No such file or directory");
}

BOOST_AUTO_TEST_CASE(the_firejail_of_this_machine_is_fit) {
  BOOST_TEST(check_error(jail_options().firejail) == "it is fit");
}

BOOST_AUTO_TEST_CASE(a_firejail_that_makes_no_jail_is_caught_by_the_attestation) {
  const Scratch scratch;
  const std::string error =
      attestation_error(with_firejail(scratch.file("firejail", kBareFirejail)));
  BOOST_TEST(contains(error, "the sandbox is not attested: "), error);
  BOOST_TEST(contains(error, "jail.pid is \"shared\", not \"own\""), error);
  BOOST_TEST(contains(error, "jail.seccomp is \"shared\", not \"own\""), error);
}

// The real firejail, setuid and new enough, with options that confine nothing.
BOOST_AUTO_TEST_CASE(a_profile_that_confines_nothing_keeps_the_service_from_starting) {
  const Scratch scratch;
  JailOptions options = jail_options();
  options.firejail.profile = scratch.file("empty.profile", "quiet\n");
  const std::string error = service_error(options);
  BOOST_TEST(contains(error, "it lacks the line \""), error);
}

// --- Tiers

// Starts a service that may use any tier from `minimum` on; what it reported comes back with it.
struct TieredService {
  TieredService(const JailOptions& jail, Tier minimum)
      : service(options_of(jail, minimum),
                [this](const std::string& text) { reports.push_back(text); }),
        started(service.start()) {}

  static ServiceOptions options_of(const JailOptions& jail, Tier minimum) {
    ServiceOptions options = service_options(jail);
    options.minimum_tier = minimum;
    return options;
  }

  std::vector<std::string> reports;
  Service service;
  Result<void> started;
};

BOOST_AUTO_TEST_CASE(the_highest_tier_that_attests_is_used) {
  const TieredService tiered(jail_options(), Tier::kNamespaces);
  BOOST_REQUIRE_MESSAGE(tiered.started.has_value(), "it starts");
  BOOST_TEST((tiered.service.tier() == Tier::kFull));
  BOOST_TEST(tiered.reports.empty());
}

BOOST_AUTO_TEST_CASE(without_firejail_the_tier_is_namespaces_where_that_is_allowed_and_it_is_said) {
  TieredService tiered(with_firejail("/nonexistent/firejail"), Tier::kNamespaces);
  BOOST_REQUIRE_MESSAGE(tiered.started.has_value(),
                        (tiered.started ? "" : tiered.started.error().text()));
  BOOST_TEST((tiered.service.tier() == Tier::kNamespaces));
  BOOST_REQUIRE(tiered.reports.size() == 1U);
  BOOST_TEST(contains(tiered.reports[0], "tier full: find /nonexistent/firejail"),
             tiered.reports[0]);
  const auto execution = tiered.service.execute(
      RunRequest{{Dialect::kFunction, "def main():\n  return 7\n"}, std::chrono::seconds(20)},
      Caller());
  BOOST_TEST((execution.outcome.ending == Ending::kReturned), execution.outcome.error);
}

// What the real firejail does in a container: it runs the program, and nothing else.
BOOST_AUTO_TEST_CASE(a_profile_that_confines_nothing_is_never_taken_for_the_tier_full) {
  const Scratch scratch;
  JailOptions options = jail_options();
  options.firejail.profile = scratch.file("empty.profile", "quiet\n");
  const TieredService tiered(options, Tier::kNamespaces);
  BOOST_REQUIRE(tiered.started.has_value());
  BOOST_TEST((tiered.service.tier() == Tier::kNamespaces));
  BOOST_REQUIRE(tiered.reports.size() == 1U);
  BOOST_TEST(contains(tiered.reports[0], "it lacks the line \""), tiered.reports[0]);
}

BOOST_AUTO_TEST_CASE(a_tier_that_is_asked_for_by_name_is_the_only_one_that_is_tried) {
  ServiceOptions options = service_options(with_firejail("/nonexistent/firejail"));
  options.minimum_tier = Tier::kNamespaces;
  options.tier = Tier::kFull;
  Service full(options, [](const std::string&) {});
  BOOST_TEST(!full.start().has_value());
  BOOST_TEST(full.unhealthy_reason() != "");
  options.tier = Tier::kNamespaces;
  Service namespaces(options, [](const std::string&) {});
  BOOST_TEST(namespaces.start().has_value());
  BOOST_TEST((namespaces.tier() == Tier::kNamespaces));
}

// The worker's own confinement is the same with and without firejail around it.
BOOST_AUTO_TEST_CASE(a_zygote_without_a_jail_does_not_attest_as_one_with) {
  PoolOptions options = test::pool_options();
  options.setup.tier = Tier::kNamespaces;
  Pool pool(
      std::move(options),
      [](const Worker& worker, Setup setup) {
        setup.tier = Tier::kFull;
        return attest_sandbox(worker, setup);
      },
      [](const std::string&) {});
  pool.start();
  const auto attested = pool.await_attested(Deadline::after(test::kHang));
  BOOST_REQUIRE(!attested.has_value());
  BOOST_TEST(contains(attested.error().text(), "jail.pid is \"shared\""), attested.error().text());
  BOOST_TEST(!contains(attested.error().text(), "sandbox.pid"), attested.error().text());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
