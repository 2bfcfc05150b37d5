#include "base/deadline.h"

#include "support/boost_test.h"

namespace executor {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;

BOOST_AUTO_TEST_SUITE(deadline_test)

BOOST_AUTO_TEST_CASE(a_deadline_that_has_passed_has_nothing_left) {
  const auto deadline = Deadline::at(Clock::now() - hours(1));
  BOOST_TEST(deadline.passed());
  BOOST_TEST((deadline.left() == Clock::duration::zero()));
}

BOOST_AUTO_TEST_CASE(a_deadline_after_nothing_has_passed) {
  BOOST_TEST(Deadline::after(Clock::duration::zero()).passed());
}

BOOST_AUTO_TEST_CASE(a_deadline_to_come_has_at_most_its_span_left) {
  const auto deadline = Deadline::after(hours(1));
  BOOST_TEST(!deadline.passed());
  BOOST_TEST((deadline.left() > Clock::duration::zero()));
  BOOST_TEST((deadline.left() <= hours(1)));
}

BOOST_AUTO_TEST_CASE(the_earlier_of_two_is_the_one_that_passes_first) {
  const auto now = Clock::now();
  const auto first = Deadline::at(now);
  const auto second = Deadline::at(now + hours(1));
  BOOST_TEST((Deadline::earlier(first, second).moment() == now));
  BOOST_TEST((Deadline::earlier(second, first).moment() == now));
}

BOOST_AUTO_TEST_CASE(spans_are_shown_with_their_fraction) {
  BOOST_TEST(seconds(std::chrono::milliseconds(1500)) == 1.5);
  BOOST_TEST(milliseconds(microseconds(250)) == 0.25);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
