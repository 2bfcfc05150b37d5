// One job on one real worker: every way to end.
#include "execution/run.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <array>
#include <future>
#include <string>
#include <thread>

#include "integration/shared_pool.h"
#include "support/boost_test.h"
#include "support/sandbox.h"

namespace executor {
namespace {

using std::chrono::milliseconds;
using test::await;
using test::function;
using test::pool;
using test::program;
using test::SharedPool;

struct Connection {
  Connection() {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    server.reset(ends[0]);
    client.reset(ends[1]);
  }
  UniqueFd server, client;
};

// Stands still when the script has written something, as this process does when it is stopped:
// longer than the script may run.
struct StandsStill : RunObserver {
  explicit StandsStill(milliseconds span) : span_(span) {}
  void started() override {}
  void wrote(std::string_view /*stream*/, const std::string& /*text*/) override {
    std::this_thread::sleep_for(span_);
  }

 private:
  milliseconds span_;
};

BOOST_AUTO_TEST_SUITE(run_test, *boost::unit_test::fixture<SharedPool>())

BOOST_AUTO_TEST_CASE(a_returned_value_arrives_with_what_was_written) {
  const Outcome outcome = function(
      "import os, sys\n"
      "def main():\n"
      "  print('out'); print('err', file=sys.stderr)\n"
      "  os.write(1, b'raw'); os.system('echo child')\n"
      "  return {'a': [1, None]}\n");
  BOOST_TEST((outcome.ending == Ending::kReturned));
  BOOST_TEST(outcome.result_json.find("[1") != std::string::npos);
  BOOST_TEST(outcome.out.find("child\n") != std::string::npos);
  BOOST_TEST(outcome.err == "err\n");
  BOOST_TEST(outcome.run_seconds > 0);
}

BOOST_AUTO_TEST_CASE(a_program_that_ends_has_returned) {
  const Outcome outcome = program("print(__name__)");
  BOOST_TEST((outcome.ending == Ending::kReturned));
  BOOST_TEST(outcome.out == "__main__\n");
  BOOST_TEST(outcome.result_json == "");
}

BOOST_AUTO_TEST_CASE(an_exception_arrives_with_its_text_and_its_traceback) {
  const Outcome outcome = function("def main():\n  print('before')\n  return undefined_variable\n");
  BOOST_TEST((outcome.ending == Ending::kException));
  BOOST_TEST(outcome.error == "NameError: name 'undefined_variable' is not defined");
  BOOST_TEST(outcome.out == "before\n");
  BOOST_TEST(outcome.err.find("script.py") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_timeout_keeps_what_was_written_before_it) {
  const Outcome outcome = function(
      "def main():\n  print('partial', flush=True)\n  while True: pass\n", milliseconds(3000));
  BOOST_TEST((outcome.ending == Ending::kTimeout));
  BOOST_TEST(outcome.error == timeout_text());
  BOOST_TEST(outcome.out == "partial\n");
}

BOOST_AUTO_TEST_CASE(a_run_that_ended_in_time_has_no_timeout_though_it_is_seen_late) {
  constexpr milliseconds kTimeout(1500);
  StandsStill observer(kTimeout);
  RunSurroundings around;
  around.observer = &observer;
  for (const auto& [act, ending] :
       {std::pair("return 1", Ending::kReturned), std::pair("os._exit(3)", Ending::kExited),
        // More than the socket holds until it is read.
        std::pair("return 'x' * 5_000_000", Ending::kReturned),
        std::pair("while True: pass", Ending::kTimeout)}) {
    const std::string source =
        "import os, time\ndef main():\n  os.write(1, b'out')\n  time.sleep(0.2)\n  " +
        std::string(act);
    const Lease lease = pool().lease();
    const RunReport report = run_job(
        RunRequest{{Dialect::kFunction, source}, kTimeout}, lease.worker(), RunLimits(), -1,
        [&lease](Deadline by) { return lease.await_exit(by); }, around);
    BOOST_TEST((report.outcome.ending == ending), act);
  }
}

BOOST_AUTO_TEST_CASE(a_process_that_exits_is_reported_with_its_status) {
  const Outcome outcome = function("import os\ndef main():\n  os.write(1, b'last'); os._exit(3)\n");
  BOOST_TEST((outcome.ending == Ending::kExited));
  BOOST_TEST(outcome.error == exited_text(Dialect::kFunction, 3));
  BOOST_TEST(outcome.out == "last");
}

BOOST_AUTO_TEST_CASE(a_crash_is_reported_with_its_signal) {
  for (const auto& [act, signal] :
       {std::pair("import ctypes; ctypes.string_at(0)", SIGSEGV),
        std::pair("import os; os.abort()", SIGABRT),
        std::pair("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", SIGTERM)}) {
    BOOST_TEST_CONTEXT(act) {
      const Outcome outcome = program(act);
      BOOST_TEST((outcome.ending == Ending::kCrashed));
      BOOST_TEST(outcome.error == crashed_text(signal));
    }
  }
}

BOOST_AUTO_TEST_CASE(output_beyond_the_limit_ends_the_run_and_is_kept_up_to_it) {
  const RunLimits limits{.output = 100'000};
  const Outcome out = function("def main():\n  while True: print('x' * 99)\n", test::kHang, limits);
  BOOST_TEST((out.ending == Ending::kOutputLimit));
  BOOST_TEST(out.error == output_limit_text("stdout", limits.output));
  BOOST_TEST(out.out.size() == limits.output);
  const Outcome err =
      function("import sys\ndef main():\n  sys.stderr.write('x' * 100_001)\n", test::kHang, limits);
  BOOST_TEST((err.ending == Ending::kOutputLimit));
  BOOST_TEST(err.error == output_limit_text("stderr", limits.output));
}

BOOST_AUTO_TEST_CASE(output_of_exactly_the_limit_is_no_reason_to_end) {
  const RunLimits limits{.output = 100'000};
  const Outcome outcome =
      function("import os\ndef main():\n  os.write(1, b'x' * 60_000); os.write(1, b'x' * 40_000)\n",
               test::kHang, limits);
  BOOST_TEST((outcome.ending == Ending::kReturned));
  BOOST_TEST(outcome.out.size() == limits.output);
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_away_ends_the_run_and_everything_of_it) {
  Connection connection;
  Lease lease = pool().lease();
  const pid_t worker = host_pid(lease.worker());
  const RunRequest job{
      {Dialect::kFunction,
       "import subprocess\ndef main():\n  subprocess.run(['/bin/sleep', '600'])\n"},
      std::chrono::seconds(300)};
  auto running = std::async(std::launch::async, [&job, &lease, &connection] {
    return run_job(job, lease.worker(), RunLimits(), connection.server.get(),
                   [](Deadline) { return std::optional<Exit>(); });
  });
  std::vector<test::Process> children;
  BOOST_TEST(await([&children, worker] {
    children = test::descendants(worker);
    return !children.empty();
  }));
  connection.client.reset();
  BOOST_TEST((running.get().outcome.ending == Ending::kCancelled));
  BOOST_TEST(await([&children] { return test::all_gone(children); }));
  pollfd end{lease.worker().pidfd.get(), POLLIN, 0};
  BOOST_TEST(::poll(&end, 1, static_cast<int>(milliseconds(test::kHang).count())) == 1);
}

BOOST_AUTO_TEST_CASE(a_worker_takes_one_job_and_no_second) {
  const Lease lease = pool().lease();
  const auto once = [&lease](const char* source) {
    return run_job(RunRequest{{Dialect::kFunction, source}, test::kHang}, lease.worker(),
                   RunLimits(), -1, [&lease](Deadline by) { return lease.await_exit(by); });
  };
  const RunReport first = once("def main():\n  return 1\n");
  BOOST_TEST((first.outcome.ending == Ending::kReturned));
  BOOST_TEST(first.awaiting_release);
  const RunReport second = once("def main():\n  return 2\n");
  BOOST_TEST((!second.delivered || second.outcome.ending != Ending::kReturned));
}

BOOST_AUTO_TEST_CASE(a_dead_worker_is_not_taken_for_a_script_that_failed) {
  const Lease lease = pool().lease();
  kill_worker(lease.worker());
  pollfd end{lease.worker().pidfd.get(), POLLIN, 0};
  BOOST_REQUIRE(::poll(&end, 1, static_cast<int>(milliseconds(test::kHang).count())) == 1);
  const RunReport report =
      run_job(RunRequest{{Dialect::kFunction, "def main(): pass\n"}, std::chrono::seconds(5)},
              lease.worker(), RunLimits(), -1, [](Deadline) { return std::optional<Exit>(); });
  BOOST_TEST(!report.delivered);
}

// A connection that was closed by its server lingers in its network namespace for a minute.
BOOST_AUTO_TEST_CASE(a_run_that_used_the_network_leaves_nothing_of_it_to_the_next) {
  for (int i = 0; i < 8; ++i) {
    const Outcome outcome = function(
        "import socket\n"
        "def main():\n"
        "  with socket.socket() as server:\n"
        "    server.bind(('127.0.0.1', 4444))\n"
        "    server.listen()\n"
        "    with socket.create_connection(('127.0.0.1', 4444)) as client:\n"
        "      server.accept()[0].close()\n"
        "      return client.recv(1).decode()\n");
    BOOST_TEST_CONTEXT(outcome.error << outcome.err) {
      BOOST_TEST((outcome.ending == Ending::kReturned));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
