// The integration tests' main().
#define BOOST_TEST_MODULE integration
#include "support/boost_test.h"
