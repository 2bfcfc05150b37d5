// What a request brings along (variables, standard input, arguments, files) is in its own answer
// where the program puts it, and nowhere else: not in the log, the metrics, an error's text or the
// title of a process.
#include <fstream>
#include <future>
#include <string>
#include <thread>

#include "support/boost_test.h"
#include "support/execute.h"
#include "support/processes.h"
#include "support/server.h"

namespace executor::test {
namespace {

using namespace std::string_literals;

const std::string kSecret = "s3cr3t-token-of-the-client";  // in no program below

// The fields of a request with a secret in the value of each, JSON text.
std::string secrets(const std::string& file = kSecret) {
  return R"("argv": [")" + kSecret + R"("], "stdin": ")" + kSecret + R"(", "env": {"TOKEN": ")" +
         kSecret + R"("}, "files": {"f": ")" + file + "\"}";
}

void check_nowhere() {
  BOOST_TEST(shared_server().log().find(kSecret) == std::string::npos);
  const std::string metrics = get(shared_server().port(), "/metrics").body;
  BOOST_TEST(metrics.find(kSecret) == std::string::npos);
  const std::string runtime = get(shared_server().port(), "/runtime").body;
  BOOST_TEST(runtime.find(kSecret) == std::string::npos);
}

// Whether a process is named so, which the kernel cuts to 15 bytes (proc_pid_comm(5)).
bool is_a_name(const std::string& part) {
  for (const Process& process : all_processes()) {
    std::ifstream file("/proc/" + std::to_string(process.pid) + "/comm");
    std::string name;
    if (std::getline(file, name) && name.find(part) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(secrets_of_requests, NextRequestWorks)

BOOST_AUTO_TEST_CASE(runs_of_every_ending_leave_them_out_of_the_log_the_metrics_and_the_answer) {
  for (const std::string& end :
       {"pass"s, "1 / 0"s, "def"s, "import os; os._exit(3)"s, "import os; os.abort()"s,
        "while True: pass"s, "bytearray(1 << 40)"s, "while True: print('x' * 65536)"s}) {
    const Answer answer = post_body("{\"code\": \"" + end +
                                    "\", \"timeout\": 0.5, \"usage\": true, " + secrets() + "}");
    BOOST_TEST(answer.status() == 200, answer.response.body.substr(0, 300));
    BOOST_TEST(answer.response.body.find(kSecret) == std::string::npos, end);
  }
  const Answer called =
      post_body(R"({"script": "def main(a): 1 / 0", "arguments": [")" + kSecret + "\"]}");
  BOOST_TEST(called.error() == "ZeroDivisionError: division by zero");
  BOOST_TEST(called.response.body.find(kSecret) == std::string::npos);
  check_nowhere();
}

BOOST_AUTO_TEST_CASE(refusals_name_fields_and_no_values) {
  const std::string value = "\"" + kSecret + "\"";
  for (const std::string& fields :
       {"\"stdin\": [" + value + "]", "\"argv\": [" + value + ", 1]",
        "\"env\": {\"A\": [" + value + "]}", "\"env\": {\"A\": \"" + kSecret + "\\u0000\"}",
        "\"argv\": [\"" + kSecret + "\\u0000\"]", "\"files\": {\"f\": [" + value + "]}",
        "\"files\": {\"f\": {\"base64\": " + value + "}}", "\"arguments\": " + value,
        "\"limits\": {\"memory_mb\": " + value + "}", "\"on_output_limit\": " + value,
        "\"outputs\": " + value, "\"usage\": " + value, "\"stdin\": " + value + ",",
        "\"stdin\": " + value + " " + value}) {
    const Answer answer = post_body("{\"script\": \"def main(): pass\", " + fields + "}");
    BOOST_TEST(answer.status() == 400, fields);
    BOOST_TEST(answer.response.body.find(kSecret) == std::string::npos, answer.response.body);
  }
  check_nowhere();
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_not_shown_either) {
  const Answer answer =
      post_body(R"({"code": "1", "limits": {"file_size_mb": 1}, "stdin": ")" + kSecret +
                std::string(600'000, 'x') + R"(", "files": {"f": ")" + std::string(400'000, 'x') +
                R"("}, "limits": {"scratch_mb": 1}})");
  BOOST_TEST(answer.response.body.find(kSecret) == std::string::npos);
  check_nowhere();
}

// A handler of core_pattern that is a program is started even where the limit of their size is 0.
BOOST_AUTO_TEST_CASE(a_core_dump_of_any_process_of_the_service_has_no_memory_in_it) {
  std::size_t looked_at = 0;
  for (const Process& process : descendants(shared_server().pid())) {
    std::ifstream file("/proc/" + std::to_string(process.pid) + "/coredump_filter");
    std::string filter;
    if (!std::getline(file, filter)) continue;  // it has ended
    BOOST_TEST(filter == "00000000", process.command);
    ++looked_at;
  }
  BOOST_TEST(looked_at > 3U);
}

BOOST_AUTO_TEST_CASE(they_are_in_no_title_of_a_process_while_the_run_goes_on) {
  const std::string sleep = "import time; print(1, flush=True); time.sleep(60)";
  for (const std::string& body :
       {"{\"code\": \"" + sleep + "\", \"timeout\": 1, " + secrets() + "}",
        "{\"script\": \"def main(a): " + sleep + "\", \"arguments\": [\"" + kSecret +
            "\"], \"timeout\": 1, " + secrets() + "}",
        "{\"code\": \"" + sleep + "\", \"timeout\": 1, \"runs\": [{}, {" + secrets() + "}]}"}) {
    auto answer = std::async(std::launch::async, [&body] { return post_body(body); });
    int looks = 0;
    while (answer.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready) {
      BOOST_TEST(with_command(all_processes(), kSecret).empty());
      BOOST_TEST(!is_a_name(kSecret.substr(0, 12)));
      ++looks;
    }
    BOOST_TEST(looks > 1);
    const std::string said = answer.get().response.body;
    BOOST_TEST(said.find("Script execution timed out") != std::string::npos, said);
    BOOST_TEST(said.find(kSecret) == std::string::npos);
  }
  // The look finds names: the workers have one of their own.
  BOOST_TEST(is_a_name("python-worker"));
  check_nowhere();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
