// One job on one real worker: every way to end, and what a hostile script tries on the channels.
#include "execution/run.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>

#include <array>
#include <future>
#include <memory>
#include <string>

#include "support/boost_test.h"
#include "support/sandbox.h"
#include "wire/job.h"

namespace executor {
namespace {

using std::chrono::milliseconds;
using test::await;
using test::TestPool;

// The pool that the cases of this suite share: it lives as long as the suite runs.
std::unique_ptr<TestPool> shared_pool;

struct SharedPool {
  SharedPool() { shared_pool = std::make_unique<TestPool>(test::pool_options(3)); }
  SharedPool(const SharedPool&) = delete;
  SharedPool& operator=(const SharedPool&) = delete;
  ~SharedPool() { shared_pool.reset(); }
};

TestPool& pool() {
  return *shared_pool;
}

Outcome function(const std::string& source, milliseconds timeout = test::kHang,
                 const RunLimits& limits = {}) {
  return pool().run(Dialect::kFunction, source, timeout, limits).outcome;
}

Outcome program(const std::string& source, milliseconds timeout = test::kHang) {
  return pool().run(Dialect::kProgram, source, timeout).outcome;
}

// Sends bytes on the descriptor that the service's own channel has in a worker.
const std::string kSend = "JOB_SOCKET = " + std::to_string(kJobSocket) + R"(
import ctypes, errno, os, struct
libc = ctypes.CDLL(None, use_errno=True)
class Part(ctypes.Structure):
    _fields_ = [("base", ctypes.c_char_p), ("size", ctypes.c_size_t)]
class Message(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("namelen", ctypes.c_uint32),
                ("parts", ctypes.POINTER(Part)), ("count", ctypes.c_size_t),
                ("control", ctypes.c_void_p), ("controllen", ctypes.c_size_t),
                ("flags", ctypes.c_int), ("sent", ctypes.c_uint32)]
def send(data, times=1):
    part = Part(data, len(data))
    messages = (Message * times)(*[Message(None, 0, ctypes.pointer(part), 1)] * times)
    sent = libc.sendmmsg(JOB_SOCKET, messages, times, 0)
    if sent < 0 and ctypes.get_errno() in (errno.EBADF, errno.ENOTSOCK):
        raise AssertionError("that is not the channel")
)";

std::chrono::duration<double> cpu_time_of_this_thread() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

struct Connection {
  Connection() {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    server.reset(ends[0]);
    client.reset(ends[1]);
  }
  UniqueFd server, client;
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
      "def main():\n  print('partial', flush=True)\n  while True: pass\n", milliseconds(500));
  BOOST_TEST((outcome.ending == Ending::kTimeout));
  BOOST_TEST(outcome.error == timeout_text());
  BOOST_TEST(outcome.out == "partial\n");
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
    return run_job(RunRequest{{Dialect::kFunction, source}, std::chrono::seconds(1)},
                   lease.worker(), RunLimits(), -1,
                   [&lease](Deadline by) { return lease.await_exit(by); });
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

BOOST_AUTO_TEST_CASE(an_error_that_a_script_raises_with_nothing_full_is_its_exception) {
  for (const std::string error :
       {"MemoryError('mine')", "OSError(28, 'mine')", "OSError(27, 'x')"}) {
    for (const Outcome& outcome :
         {function("def main():\n  raise " + error + "\n"), program("raise " + error + "\n")}) {
      BOOST_TEST_CONTEXT(error << outcome.error) {
        BOOST_TEST((outcome.ending == Ending::kException));
        BOOST_TEST((outcome.evidence == Evidence::kClaim));
        BOOST_TEST(outcome.err.find("raise " + error) != std::string::npos);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(memory_that_is_refused_is_the_memory_limit_however_little_was_held) {
  for (const std::string act : {"bytearray(600 << 20)", "__import__('numpy').ones(75 << 20)"}) {
    for (const Outcome& outcome : {function("def main():\n  " + act + "\n"), program(act)}) {
      BOOST_TEST_CONTEXT(act << outcome.error) {
        BOOST_TEST((outcome.ending == Ending::kMemoryLimit));
        BOOST_TEST((outcome.evidence == Evidence::kRefusal));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_full_scratch_space_is_the_file_limit) {
  const std::string fill =
      "for i in range(999):\n    with open(str(i), 'wb') as file: file.write(bytes(8 << 20))\n";
  for (const Outcome& outcome : {function("def main():\n  " + fill), program(fill)}) {
    BOOST_TEST((outcome.ending == Ending::kFileLimit));
    BOOST_TEST((outcome.evidence == Evidence::kFull));
  }
}

BOOST_AUTO_TEST_CASE(what_a_run_has_used_is_known_when_its_process_has_ended) {
  std::promise<std::optional<Exit>> ended;
  {
    Lease lease = pool().lease();
    const RunRequest job{{Dialect::kFunction, "def main():\n  held = b'x' * (100 << 20)\n"},
                         test::kHang};
    const RunReport report = run_job(job, lease.worker(), RunLimits(), -1,
                                     [&lease](Deadline by) { return lease.await_exit(by); });
    BOOST_TEST((report.outcome.ending == Ending::kReturned));
    lease.on_exit([&ended](const std::optional<Exit>& exit) { ended.set_value(exit); });
  }
  const std::optional<Exit> exit = ended.get_future().get();
  BOOST_TEST_REQUIRE(exit.has_value());
  BOOST_TEST(exit->peak.value() >= 90U << 20U);
  BOOST_TEST(exit->peak.value() <= 130U << 20U);
  BOOST_TEST(exit->cpu.count() > 0);
}

BOOST_AUTO_TEST_CASE(what_a_run_has_used_is_in_its_outcome_where_that_is_asked_for) {
  Lease lease = pool().lease();
  RunRequest request{{Dialect::kProgram, "held = b'x' * (100 << 20)\n"}, test::kHang};
  request.usage = true;
  const Outcome outcome = run_job(request, lease.worker(), RunLimits(), -1, [&lease](Deadline by) {
                            return lease.await_exit(by);
                          }).outcome;
  BOOST_TEST((outcome.ending == Ending::kReturned));
  BOOST_TEST(outcome.usage.cpu_seconds.value() > 0);
  BOOST_TEST(outcome.usage.peak_memory.value() >= 90U << 20U);
  BOOST_TEST(outcome.usage.exit_code.value() == 0);
}

// Else eight children could each have what one may.
BOOST_AUTO_TEST_CASE(memory_counts_for_the_run_as_a_whole_whichever_thread_has_forked) {
  const RunLimits limits{.memory = 150 << 20};
  const std::string source =
      "import os, threading, time\n"
      "def fork():\n"
      "  if os.fork() == 0:\n"
      "    held = bytearray(os.urandom(4096)) * 15_000\n"
      "    time.sleep(600)\n"
      "def fork_in_thread():\n"
      "  fork()\n"
      "  time.sleep(600)\n"
      "def main():\n"
      "  for _ in range(4): @HOW@\n"
      "  time.sleep(600)\n";
  for (const std::string how : {"fork()", "threading.Thread(target=fork_in_thread).start()"}) {
    BOOST_TEST_CONTEXT(how) {
      std::string text = source;
      text.replace(text.find("@HOW@"), 5, how);
      const Outcome outcome = function(text, std::chrono::seconds(10), limits);
      BOOST_TEST((outcome.ending == Ending::kMemoryLimit));
      BOOST_TEST(outcome.error == memory_limit_text(limits.memory));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_claim_on_the_channel_changes_nothing) {
  const Outcome outcome = function(kSend +
                                   "def main():\n"
                                   "  for data in (b'', b'{}', b'x' * 100_000, bytes(64)):\n"
                                   "    send(data)\n"
                                   "  return 'mine'\n");
  BOOST_TEST((outcome.ending == Ending::kReturned));
  BOOST_TEST(outcome.result_json == "\"mine\"");
}

// Else the job would be given to other workers, and be answered as the service's own fault.
BOOST_AUTO_TEST_CASE(a_script_cannot_say_that_its_worker_could_not_be_made) {
  const std::string source = kSend +
                             "def main():\n"
                             "  send(struct.pack('=BI', 2, 4) + b'fake')\n"
                             "  os._exit(3)\n";
  for (int i = 0; i < 4; ++i) {  // on workers that have been ready for a while, and new ones
    const RunReport report = pool().run(Dialect::kFunction, source);
    BOOST_TEST(report.delivered);
    BOOST_TEST((report.outcome.ending == Ending::kExited));
  }
}

BOOST_AUTO_TEST_CASE(a_flood_of_packets_does_not_outlast_the_deadline) {
  for (const std::string data : {"b'\\1'", "b'x'", "b'x' * 70_000"}) {
    const std::string source = kSend +
                               "import time\n"
                               "def main():\n"
                               "  os.fork(); os.fork()\n"
                               "  end = time.monotonic() + 20\n"
                               "  while time.monotonic() < end: send(" +
                               data + ", 64)\n";
    const auto begun = Clock::now();
    const Outcome outcome = function(source, milliseconds(500));
    BOOST_TEST_CONTEXT("packet: " << data) {
      BOOST_TEST((outcome.ending == Ending::kTimeout));
      BOOST_TEST((Clock::now() - begun < std::chrono::seconds(10)));
    }
  }
}

// exec closes the worker's channel, while the run continues.
BOOST_AUTO_TEST_CASE(a_script_that_has_replaced_its_process_does_not_keep_the_service_busy) {
  const auto before = cpu_time_of_this_thread();
  const Outcome outcome = function(
      "import os\ndef main():\n  os.execv('/bin/sleep', ['sleep', '600'])\n", milliseconds(2000));
  BOOST_TEST((outcome.ending == Ending::kTimeout));
  BOOST_TEST((cpu_time_of_this_thread() - before < std::chrono::seconds(1)));
}

BOOST_AUTO_TEST_CASE(a_script_that_has_closed_its_output_does_not_keep_the_service_busy) {
  const auto before = cpu_time_of_this_thread();
  const Outcome outcome =
      function("import os, time\ndef main():\n  os.close(1); os.close(2); time.sleep(600)\n",
               milliseconds(2000));
  BOOST_TEST((outcome.ending == Ending::kTimeout));
  BOOST_TEST((cpu_time_of_this_thread() - before < std::chrono::seconds(1)));
}

BOOST_AUTO_TEST_CASE(memory_that_many_children_share_counts_once_however_long_the_count_takes) {
  const Outcome outcome = function(R"(
import os, time
def main():
    kept = bytearray(b"x") * (300 << 20)
    children = []
    for _ in range(8):
        children.append(os.fork())
        if children[-1] == 0:
            time.sleep(1)
            os._exit(0)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children])");
  BOOST_TEST(outcome.result_json == "[0, 0, 0, 0, 0, 0, 0, 0]");
}

BOOST_AUTO_TEST_CASE(many_busy_processes_become_nicer_so_that_they_weigh_as_one) {
  const Outcome outcome = function(R"(
import os
def main():
    children = []
    for _ in range(20):
        children.append(os.fork())
        while children[-1] == 0:
            pass
    while any(os.getpriority(os.PRIO_PROCESS, child) < 10 for child in children):
        pass
    return "nicer")");
  BOOST_TEST(outcome.result_json == "\"nicer\"");
}

BOOST_AUTO_TEST_CASE(one_busy_process_stays_as_nice_as_it_is) {
  const Outcome outcome = function(R"(
import os, time
def main():
    end = time.monotonic() + 0.4
    while time.monotonic() < end:
        pass
    return os.getpriority(os.PRIO_PROCESS, 0))");
  BOOST_TEST(outcome.result_json == "0");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
