// Starting, stopping and mending: what a person who runs the service sees, and what is left when it
// is gone.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <future>
#include <string>

#include "support/boost_test.h"
#include "support/execute.h"
#include "support/processes.h"
#include "support/server.h"

namespace executor::test {
namespace {

constexpr std::string_view kScript = "def main():\n    return 'ran'";

// What belongs to a running server, taken while it runs, to be looked for behind its end.
struct Belongings {
  explicit Belongings(const Server& server)
      : port(server.port()),
        processes(descendants(server.pid())),
        directories(server.directories()) {
    // Without these the look behind the end would prove nothing.
    BOOST_TEST_REQUIRE(!with_command(processes, "nginx").empty());
    BOOST_TEST_REQUIRE(!with_program(processes, "python-executor-runner").empty());
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
  BOOST_TEST(execute_at(server.port(), kScript).result() == "ran");
}

// Returns when some process of the server has `text` in its command line, or after 20 seconds.
void wait_for_command(const Server& server, std::string_view text) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (with_command(descendants(server.pid()), text).empty() &&
         std::chrono::steady_clock::now() < give_up) {
  }
}

// The whole of a failed start: it must end by itself, with a status and a text.
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

}  // namespace

BOOST_AUTO_TEST_SUITE(lifecycle)

BOOST_AUTO_TEST_CASE(a_second_server_on_the_same_port_ends_with_a_clear_error) {
  const std::uint16_t port = shared_server().port();
  check_failed_clearly(failed_start(port, shared_settings().options()), std::to_string(port));
  check_works(shared_server());
}

BOOST_AUTO_TEST_CASE(an_unknown_option_ends_the_start_with_a_clear_error) {
  check_failed_clearly(failed_start(free_port(), {"--no-such-option", "1"}), "no-such-option");
}

BOOST_AUTO_TEST_CASE(sigterm_ends_it_with_status_0_and_leaves_nothing_behind) {
  Server server(shared_settings());
  check_works(server);
  const Belongings belongings(server);
  BOOST_TEST(server.stop(SIGTERM) == 0);
  check_nothing_is_left(belongings);
}

BOOST_AUTO_TEST_CASE(ctrl_c_while_a_script_runs_ends_it_and_leaves_nothing_behind) {
  constexpr std::string_view kChild = "sleep 98.76";
  Server server(shared_settings());
  auto run = std::async(std::launch::async, [&server] {
    // Whether there is an answer, and which, is not what is tested here.
    try {
      execute_at(server.port(),
                 "import subprocess\ndef main():\n"
                 "    subprocess.run(['sleep', '98.76'], start_new_session=True)");
    } catch (const boost::system::system_error&) {
    }
  });
  wait_for_command(server, kChild);
  const Belongings belongings(server);
  BOOST_TEST(!with_command(belongings.processes, kChild).empty());
  BOOST_TEST(server.interrupt() == 0);
  run.wait();
  check_nothing_is_left(belongings);
}

BOOST_AUTO_TEST_CASE(the_death_of_the_zygotes_is_noticed_and_mended) {
  Server server(shared_settings());
  check_works(server);
  const auto runners = with_program(descendants(server.pid()), "python-executor-runner");
  BOOST_TEST_REQUIRE(!runners.empty());
  for (const Process& runner : runners) {
    if (exists(runner)) ::kill(runner.pid, SIGKILL);
  }
  // Asks until it is mended; each question is answered, with a result or with a refusal.
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  int status = 0;
  while (status != 200 && std::chrono::steady_clock::now() < give_up) {
    status = post_json(server.port(), "/execute", request_body("script", kScript)).status;
    BOOST_TEST((status == 200 || status >= 500));
  }
  check_works(server);
  BOOST_TEST(get(server.port(), "/health").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
