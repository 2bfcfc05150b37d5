#include "front/stall_detector.h"

#include "support/boost_test.h"

namespace executor {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);
constexpr auto kInterval = std::chrono::seconds(15);

// The look at which it is a stall, of as many as there are; 0: it never was one.
int first_stall(StallDetector& detector, int looks, Progress (*progress)(int look)) {
  for (int i = 1; i <= looks; ++i) {
    if (detector.sample(progress(i), kInterval)) return i;
  }
  return 0;
}

BOOST_AUTO_TEST_SUITE(standstill_test)

BOOST_AUTO_TEST_CASE(without_pending_connections_there_is_never_a_stall) {
  StallDetector detector(kPatience);
  const auto quiet = [](int) { return Progress{.pending = false, .served = 7}; };
  BOOST_TEST(first_stall(detector, 100, quiet) == 0);
}

BOOST_AUTO_TEST_CASE(pending_connections_are_no_stall_while_requests_complete) {
  StallDetector detector(kPatience);
  const auto slow = [](int look) {
    return Progress{.pending = true, .served = static_cast<std::uint64_t>(look / 4)};
  };
  BOOST_TEST(first_stall(detector, 100, slow) == 0);
}

BOOST_AUTO_TEST_CASE(connections_that_are_gone_at_some_looks_are_none) {
  StallDetector detector(kPatience);
  const auto passing = [](int look) { return Progress{.pending = look % 4 != 0, .served = 0}; };
  BOOST_TEST(first_stall(detector, 100, passing) == 0);
}

BOOST_AUTO_TEST_CASE(no_progress_for_longer_than_the_patience_is_a_stall) {
  StallDetector detector(kPatience);
  const auto stuck = [](int) { return Progress{.pending = true, .served = 0}; };
  BOOST_TEST(first_stall(detector, 100, stuck) == 5);  // more than 60 s
  BOOST_TEST(detector.sample(stuck(0), kInterval));
  BOOST_TEST(!detector.sample({.pending = true, .served = 1}, kInterval));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
