// The program dialect: the program runs as __main__, and what it printed is its answer.
#include <string>

#include "support/boost_test.h"
#include "support/execute.h"
#include "support/server.h"

namespace executor::test {
namespace {

void check_program(const Answer& answer, std::string_view output) {
  BOOST_TEST(answer.status() == 200);
  BOOST_TEST(answer.output() == output);
  BOOST_TEST(answer.body.at("execution_time").is_double());
  BOOST_TEST(answer.has("error_type") == !answer.body.at("error").is_null());
  BOOST_TEST(!answer.has("result"));
}

void check_ended_normally(const Answer& answer, std::string_view output) {
  BOOST_TEST_CONTEXT(answer.response.body) {
    check_program(answer, output);
    BOOST_TEST(answer.body.at("error").is_null());
  }
}

void check_ended_with(const Answer& answer, std::string_view output, std::string_view error) {
  BOOST_TEST_CONTEXT(answer.response.body) {
    check_program(answer, output);
    BOOST_TEST(answer.error() == error);
  }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(program_dialect, NextRequestWorks)

BOOST_AUTO_TEST_CASE(a_program_is_answered_with_output_a_null_error_and_its_time) {
  const Answer answer = run_program("print('Hello')\nprint(sum(range(10)))");
  check_ended_normally(answer, "Hello\n45\n");
  BOOST_TEST(answer.keys() == "output error execution_time");
}

BOOST_AUTO_TEST_CASE(execution_time_is_the_wall_time_of_the_run_in_seconds) {
  // Measured by the program itself, which cannot have taken longer than the service says.
  const Answer answer = run_program(R"py(
import time
start = time.monotonic()
while time.monotonic() < start + 0.2: pass
)py");
  BOOST_TEST(answer.body.at("execution_time").as_double() >= 0.2);
  BOOST_TEST(answer.body.at("execution_time").as_double() < 5.0);
}

BOOST_AUTO_TEST_CASE(a_program_needs_no_main_and_none_is_called) {
  check_ended_normally(run_program("def main():\n    print('called')"), "");
}

BOOST_AUTO_TEST_CASE(a_program_runs_as_main) {
  check_ended_normally(run_program("if __name__ == '__main__':\n    print('as main')"),
                       "as main\n");
}

BOOST_AUTO_TEST_CASE(what_a_program_writes_to_stderr_is_answered_as_stderr) {
  const Answer answer = run_program("import sys\nprint('careful', file=sys.stderr)");
  check_ended_normally(answer, "");
  BOOST_TEST(answer.err() == "careful\n");
}

BOOST_AUTO_TEST_CASE(an_exception_is_answered_with_200_its_text_and_a_traceback) {
  const Answer answer = run_program("print('before')\n1 / 0");
  check_ended_with(answer, "before\n", "ZeroDivisionError: division by zero");
  BOOST_TEST(answer.err().starts_with(
      "Traceback (most recent call last):\n  File \"script.py\", line 2, in <module>\n"));
  BOOST_TEST(answer.err().ends_with("ZeroDivisionError: division by zero\n"));
}

BOOST_AUTO_TEST_CASE(a_syntax_error_is_answered_with_200_and_its_line) {
  const Answer answer = run_program("print('never')\nx = = 1");
  check_ended_with(answer, "", "SyntaxError: invalid syntax (line 2)");
  BOOST_TEST(answer.err().find('^') != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_exit_with_status_0_is_a_normal_end) {
  check_ended_normally(run_program("import sys\nprint('x')\nsys.exit(0)"), "x\n");
  check_ended_normally(run_program("raise SystemExit"), "");
  check_ended_normally(run_program("import sys\nsys.exit(None)"), "");
}

BOOST_AUTO_TEST_CASE(an_exit_with_another_status_is_an_error) {
  check_ended_with(run_program("import sys\nprint('x')\nsys.exit(3)"), "x\n",
                   "Script exited with status 3");
}

BOOST_AUTO_TEST_CASE(an_exit_with_a_message_prints_it_and_has_status_1) {
  const Answer answer = run_program("import sys\nsys.exit('giving up')");
  check_ended_with(answer, "", "Script exited with status 1");
  BOOST_TEST(answer.err() == "giving up\n");
}

BOOST_AUTO_TEST_CASE(a_process_that_exits_is_an_error_with_its_status) {
  check_ended_with(run_program("import os\nprint('x')\nos._exit(3)"), "x\n",
                   "Script exited with status 3");
}

BOOST_AUTO_TEST_CASE(handlers_of_atexit_run_before_the_answer) {
  check_ended_normally(run_program("import atexit\natexit.register(print, 'bye')\nprint('hi')"),
                       "hi\nbye\n");
}

BOOST_AUTO_TEST_CASE(a_timeout_is_answered_with_200_its_text_and_the_output_so_far) {
  const Answer answer = run_program("print('start', end='')\nwhile True: pass", 3);
  check_ended_with(answer, "start", "Script execution timed out");
  BOOST_TEST(answer.body.at("execution_time").as_double() >= 3);
}

BOOST_AUTO_TEST_CASE(a_crash_is_answered_with_200_and_its_signal) {
  check_ended_with(run_program("import os\nprint('x')\nos.abort()"), "x\n",
                   "Script was killed by signal 6 (SIGABRT)");
}

BOOST_AUTO_TEST_CASE(too_much_memory_is_answered_with_200_and_the_limit) {
  const std::string limit = std::to_string(shared_settings().memory_limit_mb);
  check_ended_with(run_program("bytearray((" + limit + " + 100) << 20)"), "",
                   "Script exceeded the memory limit of " + limit + " MB");
}

BOOST_AUTO_TEST_CASE(too_much_output_is_answered_with_200_and_the_limit) {
  const Answer answer = run_program("while True: print('x' * 999)");
  BOOST_TEST(answer.status() == 200);
  BOOST_TEST(answer.error() == "Script wrote more than 1 MB to stdout");
  BOOST_TEST(answer.output().size() == shared_settings().max_output_kb * kKiB);
}

BOOST_AUTO_TEST_CASE(a_program_that_is_refused_is_answered_with_400) {
  check_refused(post_body(R"({"code": ""})"), 400, "bad_request",
                "'code' must be a non-empty string");
  check_refused(post_body(R"({"code": 5})"), 400, "bad_request",
                "'code' must be a non-empty string");
  check_refused(post_body(R"json({"code": "print(1)", "timeout": 0})json"), 400, "bad_request",
                "'timeout' must be a number of seconds greater than 0 and at most 30");
}

BOOST_AUTO_TEST_CASE(names_of_a_program_can_be_pickled) {
  const auto* const code = R"py(
import pickle
class Point:
    x = 3
print(pickle.loads(pickle.dumps(Point())).x, Point.__module__)
)py";
  check_ended_normally(run_program(code), "3 __main__\n");
}

BOOST_AUTO_TEST_CASE(a_pool_in_a_program_works_on_its_functions) {
  const auto* const code = R"py(
from multiprocessing import Pool
def square(x):
    return x * x
if __name__ == '__main__':
    with Pool(2) as pool:
        print(pool.map(square, range(4)))
)py";
  check_ended_normally(run_program(code), "[0, 1, 4, 9]\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
