#include "base/cpu_share.h"

#include <unistd.h>

#include "support/boost_test.h"

namespace executor {
namespace {

BOOST_AUTO_TEST_SUITE(cpu_share)

BOOST_AUTO_TEST_CASE(one_busy_thread_stays_as_it_is) {
  BOOST_TEST(nice_for(0) == kRunNice);
  BOOST_TEST(nice_for(1) == kRunNice);
}

// Weights of the kernel's table (sched_prio_to_weight).
constexpr double kOfNice3 = 526, kOfNice16 = 29, kOfNice19 = 15;

BOOST_AUTO_TEST_CASE(twenty_busy_threads_weigh_together_about_as_much_as_one) {
  BOOST_TEST(nice_for(20) == 16);
  BOOST_TEST(20 * kOfNice16 / kOfNice3 > 0.8);
  BOOST_TEST(20 * kOfNice16 / kOfNice3 < 1.25);
}

BOOST_AUTO_TEST_CASE(sixty_busy_threads_weigh_together_less_than_two) {
  BOOST_TEST(nice_for(60) == kNicest);
  BOOST_TEST(60 * kOfNice19 / kOfNice3 < 2);
  BOOST_TEST(nice_for(100'000) == kNicest);
}

BOOST_AUTO_TEST_CASE(threads_that_are_busy_for_a_moment_change_nothing) {
  CpuShare share;
  BOOST_TEST(share.look(60) == 0);
  BOOST_TEST(share.look(1) == 0);
}

BOOST_AUTO_TEST_CASE(threads_that_stay_busy_become_nicer_and_remain_so) {
  CpuShare share;
  BOOST_TEST(share.look(20) == 0);
  BOOST_TEST(share.look(20) == 16);
  BOOST_TEST(share.look(1) == 16);
}

BOOST_AUTO_TEST_CASE(this_thread_is_found_busy) {
  const auto threads = threads_in({::getpid()});
  BOOST_TEST(!threads.empty());
  BOOST_TEST(count_busy(threads) >= 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
