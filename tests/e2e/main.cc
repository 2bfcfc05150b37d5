// The end to end tests: a client over HTTP, through nginx, against a server that the tests start.
#define BOOST_TEST_MODULE e2e
#include "support/boost_test.h"
#include "support/server.h"

namespace {
using executor::test::SharedServer;
BOOST_TEST_GLOBAL_FIXTURE(SharedServer);
}  // namespace
