// The escape corpus: every attack of this directory becomes one test case, at a server that the
// tests start.
#define BOOST_TEST_MODULE escape
#include "support/boost_test.h"
#include "support/server.h"

namespace {
using executor::test::SharedServer;
BOOST_TEST_GLOBAL_FIXTURE(SharedServer);
}  // namespace
