// Starting, stopping and recovering: what an operator sees, and what is left when the service is
// gone.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "e2e/held_run.h"
#include "support/boost_test.h"
#include "support/execute.h"
#include "support/processes.h"
#include "support/sandbox.h"
#include "support/server.h"

namespace executor::test {
namespace {

constexpr std::string_view kScript = "def main():\n    return 'ran'";

// What belongs to a running server, recorded while it runs, to be looked for after its end.
struct Belongings {
  explicit Belongings(const Server& server)
      : port(server.port()),
        processes(descendants(server.pid())),
        directories(server.directories()) {
    // Without these the look after the end would prove nothing.
    BOOST_TEST_REQUIRE(!with_command(processes, "nginx").empty());
    BOOST_TEST_REQUIRE(!zygotes(processes).empty());
    BOOST_TEST_REQUIRE(!directories.empty());
    for (const std::string& directory : directories) {
      BOOST_TEST(std::filesystem::exists(directory), directory);
    }
  }

  std::uint16_t port;
  std::vector<Process> processes;
  std::vector<std::string> directories;
};

void check_nothing_is_left(const Belongings& belongings) {
  for (const Process& process : belongings.processes) {
    BOOST_TEST(!exists(process), process.pid << " is left: " << process.command);
  }
  for (const std::string& directory : belongings.directories) {
    BOOST_TEST(!std::filesystem::exists(directory), directory << " is left");
    for (const Process& process : with_command(all_processes(), directory + "/")) {
      BOOST_ERROR(process.pid << " is left: " << process.command);
    }
  }
  BOOST_CHECK_THROW(Connection{belongings.port}, boost::system::system_error);
}

void check_works(const Server& server) {
  const Answer answer = execute_at(server.port(), kScript);
  BOOST_TEST_CONTEXT(answer.response.body << server.log()) {
    BOOST_TEST(answer.result() == "ran");
  }
}

// Asks over and over; fails the test when the answer does not become yes.
void wait_until(const std::function<bool()>& happened) {
  BOOST_TEST_REQUIRE(await(happened));
}

// Runs a script that waits for a child; the status of its answer, or 0 without an answer.
std::future<int> hold_in_background(const Server& server) {
  return std::async(std::launch::async, [port = server.port()] {
    const std::string script = "def main():\n    " + std::string(kWaitUntilLetGo);
    try {
      return post_json(port, "/execute", request_body("script", script, 30)).status;
    } catch (const boost::system::system_error&) {
      return 0;
    }
  });
}

std::vector<std::string> with_a_long_grace() {
  std::vector<std::string> options = own_settings().options();
  options.insert(options.end(), {"--grace-seconds", "60"});
  return options;
}

// A whole failed start: it must exit on its own, with a status and a text.
StartFailure failed_start(std::uint16_t port, const std::vector<std::string>& options) {
  try {
    const Server server(port, options);
  } catch (const StartFailure& failure) {
    return failure;
  }
  throw std::runtime_error("the server has started");
}

void check_failed_clearly(const StartFailure& failure, std::string_view naming) {
  BOOST_TEST_CONTEXT(failure.err()) {
    BOOST_TEST_REQUIRE(failure.exit_code().has_value());
    BOOST_TEST(*failure.exit_code() != 0);
    BOOST_TEST(failure.err().find(naming) != std::string::npos);
  }
}

// What an instance does as the last thing before it ends, until another has a file in the
// directory, but at most three times; how often.
int removed_while_empty(const std::string& directory) {
  int removed = 0;
  const auto deadline = Deadline::after(kHang);
  while (removed < 3 && !deadline.passed()) {
    if (::rmdir(directory.c_str()) == 0) {
      ++removed;
    } else if (errno == ENOTEMPTY) {
      break;
    }
  }
  return removed;
}

// Starts a server meanwhile, which has to work. How often its directory was removed.
int removed_during_a_start() {
  const Scratch scratch;
  const std::string directory = scratch.path("python-executor-" + std::to_string(::geteuid()));
  // Where the service keeps its sockets and locks, of all instances of one user.
  ::setenv("XDG_RUNTIME_DIR", scratch.path("").c_str(), 1);
  auto removals =
      std::async(std::launch::async, [&directory] { return removed_while_empty(directory); });
  const Server server(own_settings());
  ::unsetenv("XDG_RUNTIME_DIR");
  check_works(server);
  return removals.get();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lifecycle)

// Whether that instance has come in between is a matter of who is quicker: it is tried again.
BOOST_AUTO_TEST_CASE(a_start_beside_the_end_of_the_last_other_instance_succeeds) {
  constexpr int kTries = 20;
  int tries = 0;
  while (++tries <= kTries && removed_during_a_start() == 0) {
  }
  BOOST_TEST(tries <= kTries);
}

BOOST_AUTO_TEST_CASE(a_second_server_on_the_same_port_ends_with_a_clear_error) {
  const std::uint16_t port = shared_server().port();
  check_failed_clearly(failed_start(port, own_settings().options()), std::to_string(port));
  check_works(shared_server());
}

BOOST_AUTO_TEST_CASE(an_unknown_option_ends_the_start_with_a_clear_error) {
  check_failed_clearly(failed_start(free_port(), {"--no-such-option", "1"}), "no-such-option");
}

// Whether that shows before or after the first set is ready: it ends with status 1 and says why.
BOOST_AUTO_TEST_CASE(a_preload_set_that_cannot_start_ends_the_service_and_is_named) {
  const Settings settings{.serve_after = "first-set"};
  std::vector<std::string> options = settings.options();
  for (const char* more : {"--preload", "light:", "--preload", "mine: no_such_module"}) {
    options.emplace_back(more);
  }
  std::optional<int> status;
  std::string log;
  try {
    Server server(options);
    status = server.stop(0);  // no signal: it ends on its own
    log = server.log();
  } catch (const StartFailure& failure) {
    status = failure.exit_code();
    log = failure.err();
  }
  BOOST_TEST((status == 1));
  BOOST_TEST(log.find("cannot start: tier full: pool mine: ") != std::string::npos, log);
  BOOST_TEST(log.find("no_such_module") != std::string::npos, log);
  BOOST_TEST(log.find("restarting it") == std::string::npos, log);
}

BOOST_AUTO_TEST_CASE(a_service_whose_later_sets_still_start_serves_and_stops_as_any_other) {
  Server server(Settings{.serve_after = "first-set"});
  check_works(server);
  const Answer pandas = execute_at(
      server.port(), "import pandas\ndef main():\n    return int(pandas.Series([1, 2]).sum())");
  BOOST_TEST(pandas.response.status == 200, pandas.response.body);
  const Belongings belongings(server);
  BOOST_TEST(server.stop() == 0);
  check_nothing_is_left(belongings);
  Server again(Settings{.serve_after = "first-set"});
  BOOST_TEST(again.stop() == 0);  // at once
}

BOOST_AUTO_TEST_CASE(sigterm_ends_it_with_status_0_and_leaves_nothing_behind) {
  Server server(shared_settings());
  check_works(server);
  const Belongings belongings(server);
  BOOST_TEST(server.stop(SIGTERM) == 0);
  check_nothing_is_left(belongings);
}

BOOST_AUTO_TEST_CASE(
    ctrl_c_lets_a_running_script_end_refuses_others_with_503_and_leaves_nothing_behind) {
  Server server(with_a_long_grace());
  auto answer = hold_in_background(server);
  await_held(server);
  const Belongings belongings(server);
  BOOST_TEST(!with_command(belongings.processes, kHold).empty());
  server.press_ctrl_c();
  wait_until([&] { return server.log().find("stopping") != std::string::npos; });
  const Response refused =
      post_json(server.port(), "/execute", request_body("script", "def main():\n    return 1"));
  BOOST_TEST(refused.status == 503);
  BOOST_TEST(refused.json().at("error_type").is_string());
  let_go(server);
  BOOST_TEST(answer.get() == 200);
  BOOST_TEST(server.stop(0) == 0);
  check_nothing_is_left(belongings);
}

BOOST_AUTO_TEST_CASE(
    a_second_ctrl_c_waits_for_no_script_answers_its_client_and_leaves_nothing_behind) {
  Server server(with_a_long_grace());
  auto answer = hold_in_background(server);
  await_held(server);
  const Belongings belongings(server);
  BOOST_TEST(!with_command(belongings.processes, kHold).empty());
  server.press_ctrl_c();
  wait_until([&] { return server.log().find("stopping") != std::string::npos; });
  BOOST_TEST(server.interrupt() == 0);
  BOOST_TEST(answer.get() == 503);
  check_nothing_is_left(belongings);
}

BOOST_AUTO_TEST_CASE(dead_zygotes_are_noticed_and_replaced) {
  Server server(shared_settings());
  check_works(server);
  const auto all = descendants(server.pid());
  const auto victims = zygotes(all);
  const auto doomed = jailed(all);
  BOOST_TEST_REQUIRE(!victims.empty());
  for (const Process& victim : victims) {
    if (exists(victim)) ::kill(victim.pid, SIGKILL);
  }
  wait_until([&] { return std::none_of(doomed.begin(), doomed.end(), exists); });
  wait_until([&] { return get(server.port(), "/health").status == 200; });
  for (std::size_t i = 0; i < shared_settings().workers * 2; ++i) check_works(server);
  BOOST_TEST(execute_at(server.port(), "import pandas\ndef main():\n    return 1").result() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
