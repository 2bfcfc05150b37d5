// What a run holds and uses on a real worker: memory, scratch space, processors.
#include <chrono>
#include <future>
#include <optional>
#include <string>

#include "base/cpu_share.h"
#include "execution/run.h"
#include "integration/shared_pool.h"
#include "support/boost_test.h"
#include "support/sandbox.h"

namespace executor {
namespace {

using test::function;
using test::pool;
using test::program;
using test::SharedPool;

BOOST_AUTO_TEST_SUITE(run_resources_test, *boost::unit_test::fixture<SharedPool>())

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
      const Outcome outcome = function(text, test::kHang, limits);
      BOOST_TEST((outcome.ending == Ending::kMemoryLimit));
      BOOST_TEST(outcome.error == memory_limit_text(limits.memory));
    }
  }
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
  BOOST_TEST(outcome.result_json == std::to_string(kRunNice));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
