// What a hostile script can do with the channels of its worker: the job's socket and its output.
#include <time.h>

#include <chrono>
#include <string>

#include "execution/run.h"
#include "integration/shared_pool.h"
#include "support/boost_test.h"
#include "wire/job.h"

namespace executor {
namespace {

using std::chrono::milliseconds;
using test::function;
using test::pool;
using test::SharedPool;

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

BOOST_AUTO_TEST_SUITE(run_channels_test, *boost::unit_test::fixture<SharedPool>())

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
                               "  end = time.monotonic() + 600\n"
                               "  while time.monotonic() < end: send(" +
                               data + ", 64)\n";
    const auto begun = Clock::now();
    const Outcome outcome = function(source, milliseconds(500));
    BOOST_TEST_CONTEXT("packet: " << data) {
      BOOST_TEST((outcome.ending == Ending::kTimeout));
      BOOST_TEST((Clock::now() - begun < test::kHang));
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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
