// What the tests of limits have in common.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "support/boost_test.h"
#include "support/execute.h"
#include "support/server.h"

namespace executor::test {

inline const Settings& limits() {
  return shared_settings();
}

inline std::string number(std::size_t value) {
  return std::to_string(value);
}

inline void check_timeout(const Answer& answer) {
  check_ended(answer, 500, "timeout", "Script execution timed out");
}

// A function body as a script; `body` has the indentation of its first line, four blanks.
inline std::string main_of(std::string_view body) {
  return "import os, signal, subprocess, sys, threading\ndef main():\n" + std::string(body);
}

}  // namespace executor::test
