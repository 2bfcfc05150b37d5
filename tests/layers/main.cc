// Which layer of the sandbox stops which attack: the corpus of tests/escape with one layer switched
// off, and the attestation, which must refuse such a sandbox.
#define BOOST_TEST_MODULE layers
#include "support/boost_test.h"
