// Boost.Test as every test file includes it: linked dynamically, so that each binary compiles its
// own tests only.
#pragma once

#ifndef BOOST_TEST_DYN_LINK
#define BOOST_TEST_DYN_LINK
#endif
#include <boost/test/unit_test.hpp>
