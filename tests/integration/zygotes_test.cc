// Several zygotes for one preload set.
#include <poll.h>
#include <signal.h>

#include <map>
#include <vector>

#include "execution/attest_sandbox.h"
#include "execution/service.h"
#include "support/boost_test.h"
#include "support/sandbox.h"

namespace executor {
namespace {

using test::await;

constexpr std::uint32_t kZygotes = 2, kRuns = 4;

ServiceOptions options() {
  ServiceOptions options;
  options.jail = test::jail_options();
  options.workers = kRuns;
  options.zygotes = kZygotes;
  options.sets = {{.name = "light", .modules = {}, .also = {}, .warm_up = "", .ready = kRuns}};
  return options;
}

struct TwoZygotes {
  TwoZygotes() : service(options(), [](const std::string&) {}) {
    const auto started = service.start();
    BOOST_REQUIRE_MESSAGE(started.has_value(), (started ? "" : started.error().text()));
    BOOST_REQUIRE(await([this] { return state().ready == kRuns; }));
  }

  [[nodiscard]] SetState state() const {
    const ServiceState all = service.state();
    BOOST_REQUIRE(all.sets.size() == 1U);
    return all.sets.front();
  }
  // A run that has ended and still has its worker.
  Execution run() {
    RunRequest request;
    request.job = {Dialect::kFunction, "def main():\n  return 1\n"};
    request.timeout = test::kHang;
    Execution execution = service.execute(request, Caller());
    BOOST_REQUIRE_MESSAGE(execution.outcome.ending == Ending::kReturned, execution.outcome.error);
    return execution;
  }

  Service service;
};

// Not later than the worker's end.
pid_t zygote_of(const Execution& execution) {
  const pid_t worker = host_pid(execution.lease.worker());
  for (const test::Process& process : test::all_processes()) {
    if (process.pid == worker) return process.parent;
  }
  return -1;
}

bool is_gone(const Execution& execution) {
  pollfd end{execution.lease.worker().pidfd.get(), POLLIN, 0};
  return ::poll(&end, 1, 0) == 1;
}

BOOST_FIXTURE_TEST_SUITE(zygotes_test, TwoZygotes)

BOOST_AUTO_TEST_CASE(the_zygotes_of_a_set_share_its_runs_and_are_counted_together) {
  std::vector<Execution> executions;
  std::map<pid_t, int> runs;
  for (std::uint32_t i = 0; i < kRuns; ++i) {
    executions.push_back(run());
    ++runs[zygote_of(executions.back())];
  }
  BOOST_TEST(runs.size() == kZygotes);
  for (const auto& [zygote, count] : runs) BOOST_TEST(count == int{kRuns / kZygotes});
  const SetState now = state();
  BOOST_TEST(now.busy == kRuns);
  BOOST_TEST(now.zygotes == kZygotes);
  BOOST_TEST(now.zygote_starts == kZygotes);
  BOOST_TEST(now.attested);
  BOOST_TEST(now.tier == "full");
}

BOOST_AUTO_TEST_CASE(a_killed_zygote_takes_only_its_own_runs_and_comes_back) {
  const Execution first = run();
  const Execution second = run();
  const pid_t zygote = zygote_of(first);
  BOOST_REQUIRE(zygote > 0);
  BOOST_REQUIRE(zygote != zygote_of(second));
  const auto workers = test::descendants(zygote);
  BOOST_REQUIRE(::kill(zygote, SIGKILL) == 0);
  BOOST_TEST(await([&workers] { return test::all_gone(workers); }));
  BOOST_TEST(is_gone(first));
  do {
    BOOST_TEST(zygote_of(run()) != zygote);
    BOOST_TEST(service.unhealthy_reason() == "");
  } while (state().zygote_losses == 0);
  BOOST_TEST(!is_gone(second));
  BOOST_TEST(await([this] { return state().zygotes == kZygotes; }));
  BOOST_TEST(state().zygote_losses == 1U);
  BOOST_TEST(state().zygote_starts == kZygotes + 1);
  BOOST_TEST(service.unhealthy_reason() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
