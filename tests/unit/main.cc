// Boost.Test's main() for the unit tests: quick, without any process.
#define BOOST_TEST_MODULE unit
#include "support/boost_test.h"
