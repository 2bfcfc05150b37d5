// Many requests at once: each gets its own answer, and none finds anything of another.
#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
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

// Boost.Test's checks are not for several threads: threads only send, the test's own one checks.
std::future<Answer> execute_in_background(std::string script, double timeout = 30) {
  return std::async(std::launch::async,
                    [script = std::move(script), timeout] { return execute(script, timeout); });
}

// A moment on the clock that scripts see as time.monotonic(); it is one and the same for all.
std::string moment_in(std::chrono::milliseconds span) {
  const auto moment = std::chrono::steady_clock::now() + span;
  return std::to_string(std::chrono::duration<double>(moment.time_since_epoch()).count());
}

std::string replaced(std::string text, std::string_view name, std::string_view value) {
  for (auto at = text.find(name); at != std::string::npos;
       at = text.find(name, at + value.size())) {
    text.replace(at, name.size(), value);
  }
  return text;
}

// Runs them at once until `moment`, which is that far ahead, and again, with more time, until each
// says that it had begun by then.
std::vector<Answer> run_at_once(const std::vector<std::string>& scripts,
                                std::chrono::milliseconds ahead) {
  std::vector<Answer> answers;
  bool met = false;
  for (; !met && ahead < std::chrono::seconds(20); ahead *= 2) {
    const std::string moment = moment_in(ahead);
    std::vector<std::future<Answer>> running;
    for (const std::string& script : scripts) {
      running.push_back(execute_in_background(replaced(script, "moment", moment)));
    }
    answers.clear();
    for (auto& answer : running) answers.push_back(answer.get());
    met = std::all_of(answers.begin(), answers.end(), [](const Answer& answer) {
      BOOST_TEST_REQUIRE(answer.status() == 200, answer.response.body);
      return answer.result().at("overlapped").as_bool();
    });
  }
  BOOST_TEST(met, "the runs were not under way at the same time");
  return answers;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(concurrency, NextRequestWorks)

BOOST_AUTO_TEST_CASE(twenty_clients_at_once_get_each_its_own_result) {
  std::vector<std::future<Answer>> answers;
  for (int client = 0; client < 20; ++client) {
    const std::string number = std::to_string(client);
    answers.push_back(execute_in_background(
        "import sys\nprint('out', " + number + ")\nprint('err', " + number +
        ", file=sys.stderr)\ndef main():\n    return [" + number + "] * 1000"));
  }
  for (int client = 0; client < 20; ++client) {
    const Answer answer = answers[client].get();
    BOOST_TEST(answer.status() == 200, answer.response.body);
    BOOST_TEST(answer.result().at(999) == client);
    BOOST_TEST(answer.out() == "out " + std::to_string(client) + "\n");
    BOOST_TEST(answer.err() == "err " + std::to_string(client) + "\n");
  }
}

BOOST_AUTO_TEST_CASE(endings_of_all_kinds_at_once_do_not_mix) {
  const std::vector<std::pair<std::string, std::string>> kinds{
      {"def main():\n    return 1", "(absent)"},
      {"def main():\n    while True: pass", "timeout"},
      {"def main():\n    raise ValueError", "exception"},
      {"import os\ndef main():\n    os._exit(3)", "exited"},
      {"import os\ndef main():\n    os.abort()", "crashed"},
      {"x = 1", "missing_main"},
      {"def main(:", "syntax_error"},
      {"def main():\n    return {1}", "invalid_result"}};
  std::vector<std::future<Answer>> answers;
  for (const auto& [script, type] : kinds) {
    answers.push_back(execute_in_background(script, type == "timeout" ? 1 : 30));
  }
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    BOOST_TEST(answers[i].get().error_type() == kinds[i].second);
  }
}

// Each has most of what one may have; together it is more than twice the limit of one.
BOOST_AUTO_TEST_CASE(three_runs_that_use_most_of_their_memory_work_side_by_side) {
  const std::size_t each = shared_settings().memory_limit_mb * 7 / 10;
  const std::string script = replaced(R"py(
import time
def main():
    kept = bytearray(b'x') * (each << 20)
    overlapped = time.monotonic() < moment
    time.sleep(max(0, moment - time.monotonic()))
    return {'overlapped': overlapped, 'held': len(kept) >> 20}
)py",
                                      "each", std::to_string(each));
  const auto answers = run_at_once({script, script, script}, std::chrono::seconds(4));
  for (const Answer& answer : answers) {
    BOOST_TEST(answer.result().at("held") == each, answer.response.body);
  }
}

// Both runs keep leaving and looking for traces until one common moment, so that they overlap.
BOOST_AUTO_TEST_CASE(two_concurrent_runs_cannot_see_each_other) {
  const std::string script = R"py(
import os, socket, time
NAME, OTHER, END = 'mine', 'theirs', moment
PLACES = ['/tmp/', '/dev/shm/', os.path.expanduser('~/'), '/var/tmp/', '/run/']

def leave_traces():
    for place in PLACES:
        try:
            open(place + NAME, 'w').close()
        except OSError:
            pass
    listener = socket.socket(socket.AF_UNIX)
    listener.bind('\0executor-' + NAME)
    listener.listen()
    return listener

def look():
    found = [place for place in PLACES if os.path.exists(place + OTHER)]
    try:
        socket.socket(socket.AF_UNIX).connect('\0executor-' + OTHER)
        found.append('abstract socket')
    except OSError:
        pass
    for pid in range(2, 200):
        try:
            os.kill(pid, 0)
            found.append(f'process {pid}')
        except OSError:
            pass
    return found

def main():
    start = time.monotonic()
    kept = leave_traces()
    found = set()
    while time.monotonic() < END:
        found.update(look())
    return {'overlapped': start < END, 'found': sorted(found), 'host': socket.gethostname()}
)py";
  const std::string first = replaced(replaced(script, "mine", "a"), "theirs", "b");
  const std::string second = replaced(replaced(script, "mine", "b"), "theirs", "a");
  for (const Answer& answer : run_at_once({first, second}, std::chrono::milliseconds(1500))) {
    BOOST_TEST(answer.result().at("found") == json("[]"));
  }
}

BOOST_AUTO_TEST_CASE(health_does_not_wait_for_running_scripts) {
  const std::size_t slots = shared_settings().workers;
  std::vector<std::future<Answer>> running;
  for (std::size_t i = 0; i < slots * 2; ++i) {
    running.push_back(execute_in_background("def main():\n    " + std::string(kWaitUntilLetGo)));
  }
  await_held(shared_server(), slots);
  for (int i = 0; i < 20; ++i) BOOST_TEST(get(shared_server().port(), "/health").status == 200);
  BOOST_TEST(held_by(shared_server()).size() == slots);  // none has ended meanwhile
  const auto over = [](const auto& answer) {
    return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  };
  BOOST_TEST(await([&] {
    let_go(shared_server());
    return std::all_of(running.begin(), running.end(), over);
  }));
  for (auto& answer : running) BOOST_TEST(answer.get().status() == 200);
}

BOOST_AUTO_TEST_CASE(requests_that_wait_for_a_worker_get_the_whole_of_their_timeout) {
  std::vector<std::future<Answer>> answers;
  for (std::size_t i = 0; i < shared_settings().workers * 2; ++i) {
    answers.push_back(
        execute_in_background("import time\ndef main():\n    end = time.monotonic() + 0.6\n"
                              "    while time.monotonic() < end: pass\n    return 'whole'",
                              5));
  }
  for (auto& answer : answers) BOOST_TEST(answer.get().result() == "whole");
}

BOOST_AUTO_TEST_SUITE_END()

// A server that can run one script and let one wait.
struct SmallServer {
  static Settings settings() {
    Settings small = own_settings();
    small.workers = 1;
    small.queue = 1;
    return small;
  }
  // Sends a script that would run for long, and waits for no answer.
  [[nodiscard]] std::unique_ptr<Connection> enter(
      const std::string& script = "import time\ndef main():\n    time.sleep(600)",
      double timeout = 25) const {
    auto client = std::make_unique<Connection>(server.port());
    client->write({"POST",
                   "/execute",
                   {{"Content-Type", "application/json"}},
                   request_body("script", script, timeout)});
    return client;
  }
  // Waits until this is a line of the metrics.
  [[nodiscard]] bool comes_to_say(const std::string& line) const {
    return await([&] {
      return get(server.port(), "/metrics").body.find("\n" + line + "\n") != std::string::npos;
    });
  }
  Server server{settings()};
};

BOOST_FIXTURE_TEST_SUITE(concurrency_of_a_small_server, SmallServer)

BOOST_AUTO_TEST_CASE(requests_beyond_capacity_are_answered_with_503_and_retry_after) {
  std::vector<std::future<Answer>> answers;
  for (int i = 0; i < 8; ++i) {
    answers.push_back(std::async(std::launch::async, [this] {
      return execute_at(server.port(), "def main():\n    while True: pass", 2);
    }));
  }
  int overloaded = 0;
  for (auto& future : answers) {
    const Answer answer = future.get();
    if (answer.error_type() == "timeout") continue;
    ++overloaded;
    check_refused(answer, 503, "overloaded", "Server is at capacity");
    BOOST_TEST(std::stoi(answer.response.header("Retry-After")) > 0);
    BOOST_TEST(!answer.response.header("X-Request-Id").empty());
  }
  BOOST_TEST(overloaded > 0);
  BOOST_TEST(overloaded < 8);
  BOOST_TEST(execute_at(server.port(), "def main():\n    return 1").result() == 1);
}

BOOST_AUTO_TEST_CASE(the_run_of_a_client_that_went_away_makes_room_for_the_next) {
  (void)enter("def main():\n    while True: pass", 30);  // and is gone
  const auto start = std::chrono::steady_clock::now();
  BOOST_TEST(execute_at(server.port(), "def main():\n    return 1").result() == 1);
  // The run whose client is gone would have held the only worker for 30 seconds.
  BOOST_TEST((std::chrono::steady_clock::now() - start < std::chrono::seconds(20)));
}

BOOST_AUTO_TEST_CASE(health_and_refusals_do_not_wait_while_the_service_is_full) {
  const auto running = enter();
  BOOST_TEST(comes_to_say("python_executor_running 1"));
  const auto waiting = enter();
  BOOST_TEST(comes_to_say("python_executor_queue_length 1"));
  for (int i = 0; i < 20; ++i) {
    BOOST_TEST(get(server.port(), "/health").status == 200);
    check_refused(execute_at(server.port(), "def main():\n    return 1"), 503, "overloaded",
                  "Server is at capacity");
    check_refused(execute_at(server.port(), ""), 400, "bad_request",
                  "'script' must be a non-empty string");
  }
  // No client has left meanwhile.
  BOOST_TEST(comes_to_say("python_executor_queue_length 1"));
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_away_while_it_waits_makes_room_in_the_queue) {
  auto running = enter();
  BOOST_TEST(comes_to_say("python_executor_running 1"));
  auto waiting = enter();
  BOOST_TEST(comes_to_say("python_executor_queue_length 1"));
  waiting.reset();
  BOOST_TEST(comes_to_say("python_executor_queue_length 0"));
  BOOST_TEST(comes_to_say("python_executor_running 1"));
  auto next = std::async(std::launch::async, [this] {
    return execute_at(server.port(), "def main():\n    return 'next'");
  });
  BOOST_TEST(comes_to_say("python_executor_queue_length 1"));
  running.reset();
  BOOST_TEST(next.get().result() == "next");
}

BOOST_AUTO_TEST_CASE(the_children_of_a_run_go_with_its_client) {
  const std::string script =
      "import subprocess\ndef main():\n    for i in range(5):\n"
      "        subprocess.Popen(['sleep', '98.75'], start_new_session=True)\n"
      "    subprocess.run(['sh', '-c', 'trap true TERM INT HUP; sleep 98.75; true'])";
  auto client = enter(script);
  const auto children = [this] { return with_command(descendants(server.pid()), "sleep 98.75"); };
  BOOST_TEST(await([&] { return children().size() >= 7; }));
  const auto left = children();
  client.reset();
  BOOST_TEST(await([&] { return all_gone(left); }));
  BOOST_TEST(execute_at(server.port(), "def main():\n    return 1").result() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(concurrency_of_a_crowd)

BOOST_AUTO_TEST_CASE(of_400_requests_at_once_each_gets_its_own_result_or_503) {
  constexpr int kRequests = 400;
  Settings room_for_four = own_settings();
  room_for_four.workers = 4;
  room_for_four.queue = 40;
  const Server server(room_for_four);
  std::vector<std::future<Answer>> answers;
  for (int i = 0; i < kRequests; ++i) {
    answers.push_back(std::async(std::launch::async, [&server, i] {
      return execute_at(
          server.port(),
          "import time\ndef main():\n    time.sleep(0.1)\n    return " + std::to_string(i));
    }));
  }
  int served = 0;
  for (int i = 0; i < kRequests; ++i) {
    const Answer answer = answers[std::size_t(i)].get();
    if (answer.status() == 200) {
      BOOST_TEST(answer.result() == i);
      ++served;
    } else {
      check_refused(answer, 503, "overloaded", "Server is at capacity");
      BOOST_TEST(std::stoi(answer.response.header("Retry-After")) > 0);
    }
  }
  BOOST_TEST(served >= 44);  // who found a slot or a place in the queue
  BOOST_TEST(served < kRequests);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
