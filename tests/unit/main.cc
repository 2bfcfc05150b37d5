// Boost.Test's main() for the unit tests: pure rooms only, no process, socket or file.
#define BOOST_TEST_MODULE unit
#include "support/boost_test.h"
