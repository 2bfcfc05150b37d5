#include "front/standstill.h"

#include "support/boost_test.h"

namespace executor {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);
constexpr auto kInterval = std::chrono::seconds(15);

// The look at which it is a standstill, of as many as there are; 0: it never was one.
int first_standstill(Standstill& standstill, int looks, Progress (*progress)(int look)) {
  for (int i = 1; i <= looks; ++i) {
    if (standstill.look(progress(i), kInterval)) return i;
  }
  return 0;
}

BOOST_AUTO_TEST_SUITE(standstill_test)

BOOST_AUTO_TEST_CASE(where_nobody_waits_there_is_none_however_long_nothing_is_served) {
  Standstill standstill(kPatience);
  const auto quiet = [](int) { return Progress{.awaited = false, .served = 7}; };
  BOOST_TEST(first_standstill(standstill, 100, quiet) == 0);
}

BOOST_AUTO_TEST_CASE(where_somebody_always_waits_and_others_are_served_there_is_none) {
  Standstill standstill(kPatience);
  const auto slow = [](int look) {
    return Progress{.awaited = true, .served = static_cast<std::uint64_t>(look / 4)};
  };
  BOOST_TEST(first_standstill(standstill, 100, slow) == 0);
}

BOOST_AUTO_TEST_CASE(connections_that_are_gone_at_some_looks_are_none) {
  Standstill standstill(kPatience);
  const auto passing = [](int look) { return Progress{.awaited = look % 4 != 0, .served = 0}; };
  BOOST_TEST(first_standstill(standstill, 100, passing) == 0);
}

BOOST_AUTO_TEST_CASE(waiting_in_vain_for_longer_than_the_patience_is_one_until_somebody_is_served) {
  Standstill standstill(kPatience);
  const auto stuck = [](int) { return Progress{.awaited = true, .served = 0}; };
  BOOST_TEST(first_standstill(standstill, 100, stuck) == 5);  // more than 60 s
  BOOST_TEST(standstill.look(stuck(0), kInterval));
  BOOST_TEST(!standstill.look({.awaited = true, .served = 1}, kInterval));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
