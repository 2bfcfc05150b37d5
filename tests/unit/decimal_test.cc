#include "contract/decimal.h"

#include <limits>

#include "support/boost_test.h"

namespace executor {
namespace {

BOOST_AUTO_TEST_SUITE(decimal_test)

BOOST_AUTO_TEST_CASE(a_whole_number_has_no_point_and_keeps_its_zeros) {
  BOOST_TEST(decimal(0, 6) == "0");
  BOOST_TEST(decimal(30, 6) == "30");
  BOOST_TEST(decimal(100, 0) == "100");
}

BOOST_AUTO_TEST_CASE(a_fraction_is_rounded_and_has_no_zeros_at_its_end) {
  BOOST_TEST(decimal(2.5, 6) == "2.5");
  BOOST_TEST(decimal(0.1, 6) == "0.1");
  BOOST_TEST(decimal(0.0123456, 6) == "0.012346");
  BOOST_TEST(decimal(0.9999999, 6) == "1");
  BOOST_TEST(decimal(-1.25, 1) == "-1.2");
}

BOOST_AUTO_TEST_CASE(neither_large_nor_small_numbers_get_an_exponent) {
  BOOST_TEST(decimal(1e15, 6) == "1000000000000000");
  BOOST_TEST(decimal(1e-12, 6) == "0");
  BOOST_TEST(decimal(std::numeric_limits<double>::max(), 6).size() == 309U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
