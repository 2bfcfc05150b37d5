// The soak: honest and hostile scripts and clients at saturation for minutes, and the proof that
// all were answered rightly and nothing has grown.
#define BOOST_TEST_MODULE soak
#include "support/boost_test.h"
