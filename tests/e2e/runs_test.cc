// One program over many inputs: `runs`.
#include <chrono>
#include <future>
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

std::string body_of(std::string_view field, std::string_view source, const std::string& more) {
  std::string body = request_body(field, source);
  body.pop_back();
  return body + ", " + more + "}";
}

const boost::json::array& runs_of(const Answer& answer) {
  BOOST_TEST_REQUIRE(answer.status() == 200, answer.response.body);
  return answer.body.at("runs").as_array();
}

std::string entries(std::size_t count, const std::string& entry = "{}") {
  std::string all = "\"runs\": [" + entry;
  for (std::size_t i = 1; i < count; ++i) all += ", " + entry;
  return all + "]";
}

// A server with few slots, whose runs end when this says so.
struct TwoSlots {
  TwoSlots() : server(options({})) {}
  static std::vector<std::string> options(const std::vector<std::string>& more) {
    Settings settings = own_settings();
    settings.workers = 2;
    settings.queue = 4;
    std::vector<std::string> options = settings.options();
    options.insert(options.end(), more.begin(), more.end());
    return options;
  }
  [[nodiscard]] std::string metric(const std::string& name) const {
    const std::string text = get(server.port(), "/metrics").body;
    const std::size_t at = text.find("\n" + name + " ");
    if (at == std::string::npos) return "";
    const std::size_t begin = at + name.size() + 2;
    return text.substr(begin, text.find('\n', begin) - begin);
  }
  [[nodiscard]] bool runs(int count) const {
    return metric("python_executor_running") == std::to_string(count);
  }

  [[nodiscard]] bool waiting(int count) const {
    return metric("python_executor_queue_length") == std::to_string(count);
  }

  Server server;
};

std::size_t lines_with(const std::string& log, const std::string& text) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = log.find(text, at)) != std::string::npos; at += text.size())
    ++count;
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(runs)

BOOST_AUTO_TEST_CASE(each_input_is_answered_in_order_and_a_bad_one_spoils_no_other) {
  const Answer answer = post_body(body_of(
      "script", "import sys\ndef main(n):\n    print('in', sys.stdin.read())\n    return 6 / n",
      R"("stdin": "shared", "runs": [{"arguments": [1]}, {"arguments": [0]}, {"arguments": {}},
         {"arguments": {"n": 4}, "stdin": "own"}])"));
  const auto& runs = runs_of(answer);
  BOOST_TEST_REQUIRE(runs.size() == 4U);
  BOOST_TEST(runs[0] == json(R"({"status": 200, "result": 6.0, "stdout": "in shared\n"})"));
  BOOST_TEST(runs[1].at("status") == 400);
  BOOST_TEST(runs[1].at("error") == "ZeroDivisionError: division by zero");
  BOOST_TEST(runs[1].at("stdout") == "in shared\n");
  BOOST_TEST(runs[2].at("error_type") == "exception");
  BOOST_TEST(runs[3] == json(R"({"status": 200, "result": 1.5, "stdout": "in own\n"})"));
  BOOST_TEST(answer.response.body.starts_with(R"({"runs": [{"status": 200, "result": 6.0, )"));
  BOOST_TEST(!answer.response.header("Server-Timing").empty());
}

BOOST_AUTO_TEST_CASE(a_program_and_its_files_and_environment_are_each_runs_own) {
  const Answer answer = post_body(
      body_of("code", "import os, sys\nprint(sys.argv[1:], os.environ['A'], open('f').read())",
              R"("env": {"A": "shared"}, "files": {"f": "1"}, "unknown": 1, "usage": true,
         "runs": [{"argv": ["x"]}, {"env": {"A": "own"}, "files": {"f": "2"}, "wrong": 1}, {"files": {}}])"));
  const auto& runs = runs_of(answer);
  BOOST_TEST(runs[0].at("output") == "['x'] shared 1\n");
  BOOST_TEST(runs[0].at("usage").is_object());
  BOOST_TEST(runs[1].at("output") == "[] own 2\n");
  BOOST_TEST(runs[1].at("warnings") == json(R"(["unknown field 'wrong' of a run is ignored"])"));
  BOOST_TEST(runs[2].at("status") == 200);
  BOOST_TEST(runs[2].at("error_type") == "exception");
  BOOST_TEST(answer.body.at("warnings") == json(R"(["unknown field 'unknown' is ignored"])"));
}

BOOST_AUTO_TEST_CASE(each_run_has_a_sandbox_of_its_own) {
  const Answer answer = post_body(body_of(
      "script",
      "import os\ndef main():\n    had = os.listdir('.')\n    open('x', 'w')\n    return had",
      entries(64)));
  const auto& runs = runs_of(answer);
  BOOST_TEST_REQUIRE(runs.size() == 64U);
  for (const auto& run : runs)
    BOOST_TEST(run == json(R"({"status": 200, "result": [], "stdout": ""})"));
}

BOOST_AUTO_TEST_CASE(a_request_that_is_refused_is_refused_as_a_whole) {
  check_refused(post_body(body_of("script", "x", "\"runs\": []")), 400, "bad_request",
                "'runs' must be an array of 1 to 64 objects");
  const Answer answer = post_body(body_of("script", "x", R"("runs": [{}, {"stdin": 1}])"));
  check_refused(answer, 400, "bad_request", "'stdin' must be a string");
  BOOST_TEST(answer.body.at("detail") == "runs[1]");
}

BOOST_AUTO_TEST_CASE(who_accepts_events_gets_json) {
  const Response response =
      send(shared_server().port(),
           {"POST",
            "/execute",
            {{"Content-Type", "application/json"}, {"Accept", "text/event-stream"}},
            body_of("code", "print(1)", entries(2))});
  BOOST_TEST(response.header("Content-Type") == "application/json");
  BOOST_TEST(response.json().at("runs").as_array().size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_large_batch_of_large_answers_arrives_whole, TwoSlots) {
  const Answer answer{
      post_json(server.port(), "/execute",
                body_of("script", "def main():\n    return 'x' * (4 << 20)", entries(40))),
      {}};
  BOOST_TEST(answer.response.status == 200);
  const auto runs = answer.response.json().at("runs").as_array();
  BOOST_TEST_REQUIRE(runs.size() == 40U);
  for (const auto& run : runs) BOOST_TEST(run.at("result").as_string().size() == 4U << 20U);
}

BOOST_FIXTURE_TEST_CASE(a_client_that_leaves_ends_all_runs, TwoSlots) {
  {
    Connection client(server.port());
    const std::string body =
        body_of("script", "import time\ndef main():\n    time.sleep(25)", entries(20));
    client.write(
        "POST /execute HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
    BOOST_TEST_REQUIRE(await([this] { return runs(2); }));
  }
  BOOST_TEST(await([this] { return runs(0) && waiting(0); }));
  BOOST_TEST(await([this] { return lines_with(server.log(), "outcome=cancelled") == 20; }));
  BOOST_TEST(execute_at(server.port(), "def main():\n    return 1").result() == 1);
}

// By the order in which runs begin, whose clock is one for all. The first two hold the slots until
// the other client waits.
BOOST_FIXTURE_TEST_CASE(others_wait_for_one_run_of_a_batch_that_came_first, TwoSlots) {
  const std::string script =
      "import sys, time\ndef main():\n    begun = time.time()\n"
      "    if sys.stdin.read() == 'wait': " +
      std::string(kWaitUntilLetGo) + "\n    else: time.sleep(0.3)\n    return begun";
  std::string inputs = R"("runs": [{"stdin": "wait"}, {"stdin": "wait"})";
  for (int i = 0; i < 10; ++i) inputs += R"(, {"stdin": ""})";
  auto batch = std::async(std::launch::async, [&] {
    return post_json(server.port(), "/execute", body_of("script", script, inputs + "]"));
  });
  await_held(server, 2);
  BOOST_TEST_REQUIRE(await([this] { return this->runs(2) && waiting(1); }));
  auto innocent = std::async(std::launch::async, [&] {
    return post_json(server.port(), "/execute", body_of("script", script, R"("stdin": "")"));
  });
  BOOST_TEST_REQUIRE(await([this] { return waiting(2); }));
  let_go(server);
  const Response alone = innocent.get();
  BOOST_TEST_REQUIRE(alone.status == 200, alone.body);
  const auto begun = alone.json().at("result").to_number<double>();
  int earlier = 0;
  const Response all = batch.get();
  BOOST_TEST_REQUIRE(all.status == 200, all.body);
  const auto runs = all.json().at("runs").as_array();
  for (const auto& run : runs) {
    BOOST_TEST_REQUIRE(run.as_object().contains("result"), all.body);
    earlier += run.at("result").to_number<double>() < begun ? 1 : 0;
  }
  // The two that ran, the one that waited already, and at most one that got a slot at that moment.
  BOOST_TEST(earlier >= 2);
  BOOST_TEST(earlier <= 4);
}

BOOST_FIXTURE_TEST_CASE(a_batch_takes_one_place_in_the_queue, TwoSlots) {
  auto batch = std::async(std::launch::async, [this] {
    return post_json(server.port(), "/execute",
                     body_of("script", "import time\ndef main():\n    time.sleep(1)", entries(10)));
  });
  BOOST_TEST_REQUIRE(await([this] { return runs(2); }));
  // The queue has four places: nine that wait would fill it.
  std::vector<std::future<Answer>> others;
  for (int i = 0; i < 3; ++i) {
    others.push_back(std::async(std::launch::async, [this] {
      return execute_at(server.port(), "def main():\n    return 1");
    }));
  }
  for (auto& other : others) BOOST_TEST(other.get().result() == 1);
  BOOST_TEST(batch.get().status == 200);
}

BOOST_FIXTURE_TEST_CASE(a_service_that_stops_ends_a_batch_and_answers_each_run, TwoSlots) {
  auto batch = std::async(std::launch::async, [this] {
    return post_json(
        server.port(), "/execute",
        body_of("script", "import time\ndef main():\n    time.sleep(2)\n    return 1", entries(6)));
  });
  BOOST_TEST_REQUIRE(await([this] { return runs(2); }));
  BOOST_TEST(server.stop() == 0);
  const Response response = batch.get();
  BOOST_TEST(response.status == 200);
  const auto runs = response.json().at("runs").as_array();
  BOOST_TEST_REQUIRE(runs.size() == 6U);
  BOOST_TEST(runs[0] == json(R"({"status": 200, "result": 1, "stdout": ""})"));
  BOOST_TEST(
      runs[5] ==
      json(
          R"({"status": 503, "error": "Server is shutting down; the script has not run", "error_type": "shutting_down"})"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
