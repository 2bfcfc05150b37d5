// The machine's clock is stepped, in the middle of what has a deadline, by years and both ways.
// This program's clock_gettime(2) is the one below: every reader of the wall clock in it, also
// through the C++ library, gets the time that the test has set.
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <future>
#include <string>

#include "execution/admission.h"
#include "execution/run.h"
#include "support/boost_test.h"
#include "support/sandbox.h"

namespace {

std::atomic<std::int64_t> step = 0;  // seconds

}  // namespace

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): glibc has reserved ones
extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const long result = ::syscall(SYS_clock_gettime, clock, now);
  const bool wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
  if (result == 0 && wall) now->tv_sec += step;
  return static_cast<int>(result);
}

namespace executor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int64_t kYears = 10LL * 365 * 24 * 3600;

// Steps while it lives.
struct Stepped {
  explicit Stepped(std::int64_t by) { step = by; }
  Stepped(const Stepped&) = delete;
  Stepped& operator=(const Stepped&) = delete;
  ~Stepped() { step = 0; }
};

// Waits that long in a queue, and steps meanwhile. False where the wait was over before it was seen
// to have begun: then this thread had no processor.
bool steps_in_the_wait(std::int64_t by, milliseconds span) {
  Admission admission(1, 1);
  const auto holder = admission.enter(Deadline::after(test::kHang), -1);
  BOOST_TEST((holder.result == Admission::AdmissionResult::kAdmitted));
  const auto begun = Clock::now();
  auto waits = std::async(std::launch::async, [&admission, span] {
    return admission.enter(Deadline::after(span), -1).result;
  });
  const auto over = [&waits] {
    return waits.wait_for(milliseconds(0)) == std::future_status::ready;
  };
  bool waiting = false;
  BOOST_TEST(test::await([&] { return (waiting = admission.load().waiting == 1) || over(); }));
  const Stepped stepped(by);
  BOOST_TEST((waits.wait_for(test::kHang) == std::future_status::ready));
  BOOST_TEST((waits.get() == Admission::AdmissionResult::kWaitedTooLong));
  BOOST_TEST((Clock::now() - begun >= span));
  return waiting;
}

BOOST_AUTO_TEST_SUITE(clock_test)

BOOST_AUTO_TEST_CASE(the_step_is_visible_in_the_wall_clock) {
  const auto before = std::chrono::system_clock::now();
  const auto steady = Clock::now();
  const Stepped stepped(kYears);
  BOOST_TEST((std::chrono::system_clock::now() - before > seconds(kYears / 2)));
  BOOST_TEST((Clock::now() - steady < seconds(kYears / 2)));
}

BOOST_AUTO_TEST_CASE(a_step_ends_no_run_and_keeps_none) {
  test::TestPool pool(test::pool_options(1));
  for (const std::int64_t by : {kYears, -kYears}) {
    auto sleeps = std::async(std::launch::async, [&pool] {
      return pool.run(Dialect::kFunction, "import time\ndef main():\n  time.sleep(0.5)\n  return 1",
                      seconds(20));
    });
    auto endless = std::async(std::launch::async, [&pool] {
      return pool.run(Dialect::kFunction, "def main():\n  while True: pass", seconds(1));
    });
    const Stepped stepped(by);
    BOOST_TEST(sleeps.get().outcome.result_json == "1");
    BOOST_TEST((endless.wait_for(test::kHang) == std::future_status::ready));
    const Outcome outcome = endless.get().outcome;
    BOOST_TEST((outcome.ending == Ending::kTimeout));
    BOOST_TEST(outcome.run_seconds >= 1);
    BOOST_TEST(outcome.run_seconds < 20);
  }
}

BOOST_AUTO_TEST_CASE(a_step_neither_shortens_nor_prolongs_the_wait_in_the_queue) {
  for (const std::int64_t by : {kYears, -kYears}) {
    milliseconds span(300);
    while (!steps_in_the_wait(by, span) && span < test::kHang) span *= 2;
    BOOST_TEST((span < test::kHang));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
