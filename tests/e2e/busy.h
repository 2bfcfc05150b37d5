// A server that clients keep busy while a test does something to it.
#pragma once

#include <signal.h>

#include <string>
#include <vector>

#include "base/process_stat.h"
#include "support/boost_test.h"
#include "support/http.h"
#include "support/load.h"
#include "support/processes.h"
#include "support/sandbox.h"
#include "support/server.h"

namespace executor::test {

inline void signal_all(const std::vector<Process>& victims, int signal) {
  for (const Process& victim : victims) {
    if (exists(victim)) ::kill(victim.pid, signal);
  }
}

// Stops them and waits until each has stopped, or is gone: until one of its threads has taken the
// signal, the others run on.
inline void stop_all(const std::vector<Process>& victims) {
  signal_all(victims, SIGSTOP);
  for (const Process& victim : victims) {
    const std::string pid = std::to_string(victim.pid);
    BOOST_TEST(await([&pid] {
      const char state = ProcessStat(pid).state();
      return state == 'T' || state == 'Z' || state == 0;
    }));
  }
}

struct Busy {
  Busy() : Busy([] { return Server(own_settings()); }) {}
  // `start` returns the server.
  template <typename Start>
  explicit Busy(Start start) : server(start()) {
    BOOST_TEST_REQUIRE(await([this] { return load.right() > 10; }));
  }

  [[nodiscard]] std::vector<Process> processes() const { return descendants(server.pid()); }
  // Fails the test unless the service answers correctly again, no client got a wrong answer, and
  // the errors that clients got blame only the service. `blamed` is the ending that the fault may
  // cause for a run that it hits.
  Load::Tally recovered(const std::string& blamed = "crashed") {
    const std::uint64_t before = load.right();
    BOOST_TEST(await([&] { return load.right() > before + 20; }), server.log());
    BOOST_TEST(await([this] { return get(server.port(), "/health").status == 200; }));
    Load::Tally tally = load.finish();
    BOOST_TEST(tally.wrong == 0U, tally.example);
    for (const auto& [type, example] : tally.refusals) {
      const bool own = type == "not_running" || type == "no_answer" || type == "unavailable" ||
                       type == "overloaded" || type == "internal";
      BOOST_TEST((own || type == blamed), example);
    }
    return tally;
  }
  // Waits until the server's log says so; fails the test when it never does.
  void await_log(const std::string& text) {
    BOOST_TEST(await([&] { return server.log().find(text) != std::string::npos; }), text);
  }

  Server server;
  Load load{server.port(), 3};
};

}  // namespace executor::test
