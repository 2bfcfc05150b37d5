#include "compat/version_range.h"

#include "support/boost_test.h"

namespace executor {
namespace {

BOOST_AUTO_TEST_SUITE(version_range_test)

BOOST_AUTO_TEST_CASE(a_range_has_the_versions_that_npm_has_in_it) {
  for (const char* selector : {"*",
                               "x",
                               "",
                               "*.*",
                               "3",
                               "3.x",
                               "3.X.x",
                               "v3.11.2",
                               "=3.11.2",
                               "3.11.2+build",
                               "^3.10.0",
                               "^3",
                               "^ 3.11",
                               "~3.11",
                               "~3",
                               "~>3.11.1",
                               ">=3.0.0",
                               ">= 3.11.2",
                               ">3.10",
                               ">3.11.1",
                               "<3.12",
                               "<=3.11",
                               "<=3",
                               "<4",
                               ">=3.9 <3.12",
                               " >=3.9  <3.12 ",
                               "3.9 - 3.11",
                               "3.11.2 - 3.11.2",
                               "2.7 || 3.11",
                               "2.7||>=3",
                               "^3.10.0-rc.1"}) {
    BOOST_TEST(is_in_range("3.11.2", selector), selector);
  }
  BOOST_TEST(is_in_range("0.2.3", "^0.2"));
  BOOST_TEST(is_in_range("0.0.3", "^0.0.3"));
  BOOST_TEST(is_in_range("3.14.0rc1", ">=3.14"));
}

BOOST_AUTO_TEST_CASE(a_range_has_no_others) {
  for (const char* selector :
       {"2",       "2.7",     "3.10",        "3.11.1",     "3.11.3",      "^2.7",
        "^3.12",   "^3.11.3", "~3.10",       "~3.11.3",    "~2",          ">3.11",
        ">3.11.2", ">3",      ">*",          "<3.11.2",    "<3",          "<*",
        "<=3.10",  ">=3.12",  ">=3.9 <3.11", "3.8 - 3.10", "2.7 || 3.10", "^0.2"}) {
    BOOST_TEST(!is_in_range("3.11.2", selector), selector);
  }
  BOOST_TEST(!is_in_range("0.3.0", "^0.2"));
  BOOST_TEST(!is_in_range("0.0.4", "^0.0.3"));
  BOOST_TEST(!is_in_range("", "*"));
}

BOOST_AUTO_TEST_CASE(what_is_no_selector_has_none) {
  for (const char* selector :
       {"latest", "3.11.2.1", "3..1", ">=", "^", "3.11 -", "3,11", ">=3.0.0 || y", "-3",
        "3.4294967295", "3.99999999999999999999", "3.11x", "=>3", "3.11.2 -3.12"}) {
    BOOST_TEST(!is_in_range("3.11.2", selector), selector);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor
