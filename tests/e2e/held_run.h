// Scripts that wait until the test lets them go, so that what must happen meanwhile has all the
// time that it takes.
#pragma once

#include <signal.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/boost_test.h"
#include "support/processes.h"
#include "support/sandbox.h"
#include "support/server.h"

namespace executor::test {

// The command line of the child that such a script waits for, and the line of Python.
inline constexpr std::string_view kHold = "sleep 98.76";
inline constexpr std::string_view kWaitUntilLetGo =
    "__import__('subprocess').run(['sleep', '98.76'], start_new_session=True)";

inline std::vector<Process> held_by(const Server& server) {
  return with_command(descendants(server.pid()), kHold);
}

// Waits until `count` scripts wait.
inline void await_held(const Server& server, std::size_t count = 1) {
  BOOST_TEST_REQUIRE(await([&] { return held_by(server).size() >= count; }));
}

inline void let_go(const Server& server) {
  for (const Process& child : held_by(server)) {
    if (exists(child)) ::kill(child.pid, SIGKILL);
  }
}

}  // namespace executor::test
