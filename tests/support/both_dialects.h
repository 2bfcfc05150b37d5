// For what holds in both dialects: a program, and the same as a script with an empty main().
#pragma once

#include <string>

#include "support/boost_test.h"
#include "support/execute.h"

namespace executor::test {

inline void check_prints_in_both_dialects(const std::string& program, const std::string& expected) {
  const Answer ran = run_program(program);
  BOOST_TEST(ran.output() == expected, ran.response.body);
  BOOST_TEST(ran.error() == "(not a string)", ran.response.body);
  const Answer called = execute(program + "\ndef main():\n    pass\n");
  BOOST_TEST(called.out() == expected, called.response.body);
  BOOST_TEST(called.status() == 200, called.response.body);
}

}  // namespace executor::test
