// Faults that are made while clients keep the service busy: clients that are hit get a clean
// refusal, none gets a wrong answer, and soon all is as before.
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "e2e/busy.h"
#include "support/boost_test.h"
#include "support/execute.h"
#include "support/processes.h"
#include "support/sandbox.h"
#include "support/server.h"

namespace executor::test {
namespace {

void kill_all(const std::vector<Process>& victims) {
  signal_all(victims, SIGKILL);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(healing, Busy)

BOOST_AUTO_TEST_CASE(killed_zygotes_are_replaced) {
  const auto victims = zygotes(processes());
  BOOST_TEST(!victims.empty());
  kill_all(victims);
  BOOST_TEST(recovered().dropped == 0U);
}

BOOST_AUTO_TEST_CASE(killed_firejails_are_replaced) {
  const auto victims = with_program(processes(), "firejail");
  BOOST_TEST(!victims.empty());
  kill_all(victims);
  BOOST_TEST(recovered().dropped == 0U);
}

// Repeatedly at arbitrary moments: while workers are idle, receive, run or answer.
BOOST_AUTO_TEST_CASE(workers_killed_at_every_stage_are_replaced) {
  constexpr std::size_t kMany = 30;
  std::size_t killed = 0;
  int rounds = 0;
  BOOST_TEST(await([&] {
    const auto victims = workers(processes());
    killed += victims.size();
    kill_all(victims);
    return ++rounds >= 30 && killed > kMany;
  }));
  BOOST_TEST(recovered().dropped == 0U);
}

BOOST_AUTO_TEST_CASE(a_killed_responder_is_started_again) {
  const auto victims = with_program(processes(), "python-executor");
  BOOST_TEST(victims.size() == 1U);
  kill_all(victims);
  BOOST_TEST(recovered().dropped == 0U);
  BOOST_TEST(server.log().find("the responder exited unexpectedly") != std::string::npos);
}

// As it is when the cgroup above it is frozen.
BOOST_AUTO_TEST_CASE(health_says_so_while_the_responder_is_stopped) {
  const auto victims = with_program(processes(), "python-executor");
  BOOST_TEST(victims.size() == 1U);
  stop_all(victims);
  const Response health = get(server.port(), "/health");
  signal_all(victims, SIGCONT);
  BOOST_TEST(health.status == 504);
  recovered();
}

// Its workers as well: they would serve on without it.
BOOST_AUTO_TEST_CASE(a_killed_nginx_is_started_again) {
  const auto victims = with_command(processes(), "nginx: ");
  BOOST_TEST(victims.size() > 1U);
  kill_all(victims);
  recovered();
  BOOST_TEST(server.log().find("nginx exited unexpectedly") != std::string::npos);
}

// An nginx that still serves is replaced with it: otherwise it would never be asked to end.
BOOST_AUTO_TEST_CASE(a_killed_master_of_nginx_leaves_no_workers_behind) {
  const auto before = with_command(processes(), "nginx: ");
  std::vector<Process> victims;
  for (const Process& process : before) {
    if (process.parent == server.pid()) victims.push_back(process);
  }
  BOOST_TEST(victims.size() == 1U);
  kill_all(victims);
  BOOST_TEST(await([&before] { return all_gone(before); }));
  recovered();
}

BOOST_AUTO_TEST_SUITE_END()

// With a firejail that can be taken away.
struct BusyWithFirejail : Busy {
  BusyWithFirejail() : BusyWithFirejail(std::make_unique<Scratch>()) {}
  explicit BusyWithFirejail(std::unique_ptr<Scratch> directory)
      : Busy([&directory] {
          std::filesystem::create_symlink("/usr/bin/firejail", directory->path("firejail"));
          std::vector<std::string> options = own_settings().options();
          options.insert(options.end(),
                         {"--firejail", directory->path("firejail"), "--compat", "onyx"});
          return Server(options);
        }),
        scratch(std::move(directory)) {}

  [[nodiscard]] std::string link() const { return scratch->path("firejail"); }
  // How often it was tried to start it so far.
  [[nodiscard]] std::size_t attempts() const {
    const std::string log = server.log();
    std::size_t found = 0;
    for (std::size_t at = 0; (at = log.find(link(), at)) != std::string::npos; ++at) ++found;
    return found;
  }

  std::unique_ptr<Scratch> scratch;
};

BOOST_FIXTURE_TEST_SUITE(healing_of_what_stays, BusyWithFirejail)

BOOST_AUTO_TEST_CASE(without_firejail_it_refuses_and_tries_again_without_a_spin) {
  BOOST_TEST(get(server.port(), "/compat/onyx/health").status == 200);
  std::filesystem::remove(link());
  kill_all(zygotes(processes()));
  BOOST_TEST(await([&] { return get(server.port(), "/health").status == 503; }));
  BOOST_TEST(get(server.port(), "/compat/onyx/health").status == 503);
  const Answer refused = execute_at(server.port(), "def main():\n    return 1");
  check_refused(refused, 503, "overloaded", "Server is at capacity");
  BOOST_TEST(attempts() > 0U);
  BOOST_TEST(attempts() < 40U);  // in the five seconds that the refusal took
  std::filesystem::create_symlink("/usr/bin/firejail", link());
  const Load::Tally tally = recovered();
  BOOST_TEST(tally.refused > 0U);
  BOOST_TEST(tally.dropped == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
