// What an operator does to a running service: stops it, has it read its configuration again, lets
// it grow old.
#include <csignal>
#include <fstream>
#include <functional>
#include <future>
#include <string>
#include <vector>

#include "e2e/held_run.h"
#include "support/boost_test.h"
#include "support/execute.h"
#include "support/load.h"
#include "support/processes.h"
#include "support/sandbox.h"
#include "support/server.h"
#include "support/shortage.h"

namespace executor::test {
namespace {

Settings two_workers() {
  Settings settings = own_settings();
  settings.workers = 2;
  return settings;
}

std::vector<std::string> options_with(const std::vector<std::string>& more,
                                      const Settings& settings = two_workers()) {
  std::vector<std::string> options = settings.options();
  options.insert(options.end(), {"--max-timeout-seconds", "100"});
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

Process responder_of(const Server& server) {
  const auto found = with_program(descendants(server.pid()), "python-executor");
  BOOST_TEST_REQUIRE(!found.empty());
  return found.front();
}

// Runs a script that takes that long and says when it has begun.
std::future<Answer> execute_for(const Server& server, double seconds) {
  const std::string script = "import subprocess\ndef main():\n    subprocess.run(['sleep', '" +
                             std::to_string(seconds) + "'])\n    return 'ran'";
  auto answer = std::async(std::launch::async,
                           [port = server.port(), script] { return execute_at(port, script, 25); });
  BOOST_TEST_REQUIRE(
      await([&server] { return !with_command(descendants(server.pid()), "sleep ").empty(); }));
  return answer;
}

// Runs a script that waits to be let go, and says when it has begun. It may take longer than
// anything that a test does meanwhile.
std::future<Answer> hold(const Server& server) {
  auto answer = std::async(std::launch::async, [port = server.port()] {
    const std::string wait(kWaitUntilLetGo);
    return execute_at(port, "def main():\n    " + wait + "\n    return 'ran'", 100);
  });
  await_held(server);
  return answer;
}

bool log_says(const Server& server, const std::string& text) {
  return await([&] { return server.log().find(text) != std::string::npos; });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stopping)

BOOST_AUTO_TEST_CASE(while_a_script_runs_on_new_requests_are_answered_with_503_shutting_down) {
  Server server(options_with({"--grace-seconds", "60"}));
  auto running = hold(server);
  ::kill(responder_of(server).pid, SIGTERM);
  BOOST_TEST_REQUIRE(log_says(server, "stopping"));
  const Answer refused = execute_at(server.port(), "def main():\n    return 1");
  check_refused(refused, 503, "shutting_down", "Server is shutting down; the script has not run");
  BOOST_TEST(!refused.response.header("Retry-After").empty());
  const Response health = send(server.port(), {"GET", "/health", {}, {}});
  BOOST_TEST(health.status == 503);
  BOOST_TEST(json(health.body).at("status").as_string() == "unhealthy");
  let_go(server);
  BOOST_TEST(running.get().result() == "ran");
}

BOOST_AUTO_TEST_CASE(what_outlasts_the_grace_is_answered_with_503_and_ended) {
  Server server(options_with({"--grace-seconds", "0.3"}));
  auto running = execute_for(server, 20);
  const auto child = with_command(descendants(server.pid()), "sleep ");
  BOOST_TEST(server.stop(SIGTERM) == 0);
  const Answer answer = running.get();
  BOOST_TEST(answer.status() == 503);
  BOOST_TEST(answer.error_type() == "shutting_down");
  BOOST_TEST(answer.error() == "Server is shutting down; the script was stopped");
  BOOST_TEST(std::none_of(child.begin(), child.end(), exists));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(reloading)

// A server with a configuration file, and the signal that makes it read the file again. The preload
// sets are in the file: what is on the command line stays.
struct Configured {
  // The small sets, unless the text has others.
  void write(const std::string& text) const {
    std::ofstream file(path);
    file << text;
    if (text.find("preload") != std::string::npos) return;
    for (const std::string& set : own_settings().preload) file << "preload = " << set << "\n";
  }
  void reload() { ::kill(responder_of(server).pid, SIGHUP); }

  Scratch scratch;
  std::string path = scratch.path("service.conf");
  Server server{[this] {
    write("code-timeout-seconds = 3\n");
    Settings settings = two_workers();
    settings.preload = {};
    return options_with({"--config", path}, settings);
  }()};
};

BOOST_AUTO_TEST_CASE(a_changed_setting_takes_effect_and_running_scripts_are_not_disturbed) {
  Configured configured;
  Server& server = configured.server;
  auto running = hold(server);
  const auto before = zygotes(descendants(server.pid()));
  configured.write("code-timeout-seconds = 0.5\npreload = light:\npreload = data: numpy\n");
  Load load(server.port(), 1);
  configured.reload();
  BOOST_TEST_REQUIRE(log_says(server, "the configuration is reloaded"));
  const Load::Tally tally = load.finish();
  BOOST_TEST(tally.wrong == 0U, tally.example);
  BOOST_TEST(tally.refused + tally.dropped == 0U);
  BOOST_TEST(tally.right > 0U);
  const auto answer =
      execute_at(server.port(), "import sys\ndef main():\n    return 'pandas' in sys.modules");
  BOOST_TEST(answer.result() == false);
  const Response slow =
      post_json(server.port(), "/execute", request_body("code", "import time\ntime.sleep(2)"));
  BOOST_TEST(slow.json().at("error") == "Script execution timed out");
  let_go(server);
  BOOST_TEST(running.get().result() == "ran");
  BOOST_TEST(await([&before] { return all_gone(before); }));
}

BOOST_AUTO_TEST_CASE(a_change_during_a_reload_takes_effect_after_it) {
  Configured configured;
  Server& server = configured.server;
  configured.write("compat = dify\n");
  configured.reload();
  for (const std::string name : {"ragflow", "onyx"}) {
    configured.write("compat = dify, " + name + "\n");
    configured.reload();
  }
  BOOST_TEST(await([&server] { return get(server.port(), "/compat/onyx/health").status == 200; }));
  BOOST_TEST(get(server.port(), "/compat/ragflow/healthz").status == 404);
}

BOOST_AUTO_TEST_CASE(a_configuration_with_a_mistake_is_refused_and_the_old_one_stays) {
  Configured configured;
  const auto before = zygotes(descendants(configured.server.pid()));
  configured.write("no-such-setting = 1\n");
  configured.reload();
  BOOST_TEST(log_says(configured.server, "keeping the current one"));
  BOOST_TEST(configured.server.log().find("service.conf:1") != std::string::npos);
  BOOST_TEST(execute_at(configured.server.port(), "def main():\n    return 1").result() == 1);
  BOOST_TEST(std::all_of(before.begin(), before.end(), exists));
}

BOOST_AUTO_TEST_CASE(pools_that_cannot_be_attested_do_not_replace_those_that_serve) {
  Configured configured;
  configured.write("preload = broken: no_such_module\n");
  configured.reload();
  BOOST_TEST(log_says(configured.server, "keeping the current one"));
  BOOST_TEST(configured.server.log().find("no_such_module") != std::string::npos);
  BOOST_TEST(get(configured.server.port(), "/health").status == 200);
  BOOST_TEST(execute_at(configured.server.port(), "def main():\n    return 1").result() == 1);
}

BOOST_AUTO_TEST_CASE(a_reload_for_which_there_is_no_thread_fails_and_a_later_one_does_not) {
  Configured configured;
  {
    const Shortage threads(responder_of(configured.server).pid, RLIMIT_NPROC, 1);
    configured.reload();
    BOOST_TEST(log_says(configured.server, "keeping the current one: Resource temporarily"));
  }
  configured.reload();
  BOOST_TEST(log_says(configured.server, "the configuration is reloaded"));
}

BOOST_AUTO_TEST_CASE(what_only_a_new_start_can_change_is_refused) {
  Configured configured;
  configured.write("max-body-kb = 7\n");
  configured.reload();
  BOOST_TEST(log_says(configured.server, "max-body-kb can only be changed by a restart"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(recycling)

BOOST_AUTO_TEST_CASE(an_old_zygote_is_replaced_without_a_pause) {
  const Server server(options_with({"--recycle-seconds", "1"}));
  const auto first = zygotes(descendants(server.pid()));
  Load load(server.port(), 2);
  const auto light_is_new = [&] {
    return std::any_of(first.begin(), first.end(), [](const auto& one) { return !exists(one); });
  };
  BOOST_TEST(await(light_is_new));
  const std::uint64_t before = load.right();
  BOOST_TEST(await([&] { return load.right() > before + 10; }));
  const Load::Tally tally = load.finish();
  BOOST_TEST(tally.wrong == 0U, tally.example);
  BOOST_TEST(tally.refused + tally.dropped == 0U);
  // Nothing has used the other set, so that its zygote is as good as new.
  BOOST_TEST(std::any_of(first.begin(), first.end(), exists));
}

// Only the thread that replaces it holds the old one then.
BOOST_AUTO_TEST_CASE(an_old_unused_zygote_is_replaced_and_the_next_request_is_served) {
  const Server server(options_with({"--recycle-seconds", "1"}));
  const auto first = zygotes(descendants(server.pid()));
  BOOST_TEST(execute_at(server.port(), "def main():\n    return 1").result() == 1);
  BOOST_TEST(await([&] {
    return std::any_of(first.begin(), first.end(), [](const auto& one) { return !exists(one); });
  }));
  BOOST_TEST(execute_at(server.port(), "def main():\n    return 2").result() == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
