// The function dialect: every row of the contract's tables, texts included. The rows on results are
// in function_results_test.cc.
#include <string>

#include "support/boost_test.h"
#include "support/execute.h"
#include "support/server.h"

namespace executor::test {
namespace {

void check_bad_request(const std::string& body, std::string_view error) {
  BOOST_TEST_CONTEXT(body) {
    check_refused(post_body(body), 400, "bad_request", error);
  }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(function_dialect, NextRequestWorks)

// returned

BOOST_AUTO_TEST_CASE(a_returned_value_is_answered_with_200_and_nothing_but_result_and_stdout) {
  const Answer answer = execute("def main():\n    return {'a': [1, 2.5, None, True, 'x']}");
  BOOST_TEST(answer.status() == 200);
  BOOST_TEST(answer.keys() == "result stdout");
  BOOST_TEST(answer.result() == json(R"({"a": [1, 2.5, null, true, "x"]})"));
  BOOST_TEST(answer.out() == "");
}

BOOST_AUTO_TEST_CASE(the_answer_is_json_by_content_type) {
  const Answer answer = execute("def main():\n    return 1");
  BOOST_TEST(answer.response.header("Content-Type").starts_with("application/json"));
}

BOOST_AUTO_TEST_CASE(a_main_without_return_is_answered_with_null) {
  BOOST_TEST(result_of("def main():\n    pass").is_null());
}

BOOST_AUTO_TEST_CASE(what_was_printed_is_answered_as_stdout) {
  const Answer answer = execute("print('load')\ndef main():\n    print('run')\n    return 1");
  BOOST_TEST(answer.out() == "load\nrun\n");
  BOOST_TEST(!answer.has("stderr"));
}

BOOST_AUTO_TEST_CASE(what_was_written_to_stderr_is_answered_as_stderr) {
  const Answer answer =
      execute("import sys\ndef main():\n    print('careful', file=sys.stderr)\n    return 1");
  BOOST_TEST(answer.status() == 200);
  BOOST_TEST(answer.keys() == "result stdout stderr");
  BOOST_TEST(answer.err() == "careful\n");
}

BOOST_AUTO_TEST_CASE(a_coroutine_main_is_awaited) {
  const auto* const script = R"py(
import asyncio
async def main():
    await asyncio.sleep(0)
    return 'awaited'
)py";
  BOOST_TEST(result_of(script) == "awaited");
}

BOOST_AUTO_TEST_CASE(text_of_every_plane_comes_back_as_it_was_sent) {
  const Answer answer = execute("def main():\n    print('Grüße 🎉')\n    return '日本 🎉 \\0 \"'");
  BOOST_TEST(answer.out() == "Grüße 🎉\n");
  BOOST_TEST(answer.result() == json("\"日本 🎉 \\u0000 \\\"\""));
}

BOOST_AUTO_TEST_CASE(a_main_that_is_any_callable_is_called) {
  BOOST_TEST(result_of("main = lambda: 5") == 5);
  BOOST_TEST(result_of("import functools\nmain = functools.partial(int, '7')") == 7);
  BOOST_TEST(result_of("if True:\n    def main():\n        return 8") == 8);
  BOOST_TEST(result_of("from operator import truth\n(main := lambda: 9)") == 9);
  BOOST_TEST(result_of("from os import getpid as main").is_int64());
}

BOOST_AUTO_TEST_CASE(a_main_that_is_bound_by_exec_or_through_globals_is_called) {
  BOOST_TEST(result_of("exec('def main():\\n    return 6')") == 6);
  BOOST_TEST(result_of("globals()['main'] = lambda: 7") == 7);
}

// stdout

BOOST_AUTO_TEST_CASE(stdout_holds_what_python_c_and_children_wrote_in_order) {
  const auto* const script = R"py(
import ctypes, os, subprocess
def main():
    print('one')
    os.write(1, b'two\n')
    subprocess.run(['sh', '-c', 'echo three'])
    ctypes.CDLL(None).write(1, b'four\n', 5)
    print('five')
)py";
  BOOST_TEST(execute(script).out() == "one\ntwo\nthree\nfour\nfive\n");
}

BOOST_AUTO_TEST_CASE(what_c_code_has_buffered_is_part_of_stdout) {
  BOOST_TEST(execute("import ctypes\ndef main():\n    ctypes.CDLL(None).puts(b'buffered')").out() ==
             "buffered\n");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf8_become_replacement_characters) {
  const Answer answer =
      execute("import os\ndef main():\n    os.write(1, b'a\\xff\\xfe\\x80b\\xe2\\x82')");
  BOOST_TEST(answer.status() == 200);
  BOOST_TEST(answer.out() == "a\uFFFD\uFFFD\uFFFDb\uFFFD");
}

BOOST_AUTO_TEST_CASE(more_output_than_a_pipe_holds_comes_back_whole) {
  const Answer answer = execute("def main():\n    print('x' * 300000)\n    return 'done'");
  BOOST_TEST(answer.result() == "done");
  BOOST_TEST(answer.out().size() == 300001U);
}

BOOST_AUTO_TEST_CASE(a_script_that_prints_an_answer_does_not_forge_one) {
  const Answer answer =
      execute("def main():\n    print('{\"result\": 666, \"stdout\": \"\"}')\n    return 1");
  BOOST_TEST(answer.result() == 1);
  BOOST_TEST(answer.out() == "{\"result\": 666, \"stdout\": \"\"}\n");
}

// bad_request

BOOST_AUTO_TEST_CASE(a_body_that_is_not_json_is_refused_with_400) {
  check_bad_request("", "Request must be JSON");
  check_bad_request("script=1", "Request must be JSON");
  check_bad_request(R"({"script": )", "Request must be JSON");
  check_bad_request(R"({"script": "def main(): pass",})", "Request must be JSON");
  check_bad_request(R"({'script': 'def main(): pass'})", "Request must be JSON");
  check_bad_request(R"({"script": "def main(): pass"} trailing)", "Request must be JSON");
}

BOOST_AUTO_TEST_CASE(a_body_that_is_no_object_is_refused_with_400) {
  for (const char* body : {"[]", "null", "3", "\"def main(): pass\"", R"([{"script": "x"}])"}) {
    check_bad_request(body, "Request body must be a JSON object");
  }
}

BOOST_AUTO_TEST_CASE(a_missing_script_is_refused_with_400) {
  check_bad_request("{}", "Missing 'script' field in request body");
  check_bad_request(R"({"Script": "def main(): pass"})", "Missing 'script' field in request body");
}

BOOST_AUTO_TEST_CASE(a_script_that_is_no_text_is_refused_with_400) {
  for (const char* value : {"\"\"", "5", "[]", "{}", "true"}) {
    check_bad_request(R"({"script": )" + std::string(value) + "}",
                      "'script' must be a non-empty string");
  }
}

BOOST_AUTO_TEST_CASE(both_fields_at_once_are_refused_with_400) {
  check_bad_request(R"json({"script": "def main(): pass", "code": "print(1)"})json",
                    "Send either 'script' or 'code', not both");
}

BOOST_AUTO_TEST_CASE(a_timeout_out_of_range_is_refused_with_400) {
  for (const char* value : {"0", "-1", "30.001", "31", "1e400", "\"5\"", "true", "[]"}) {
    check_bad_request(R"({"script": "def main(): pass", "timeout": )" + std::string(value) + "}",
                      "'timeout' must be a number of seconds greater than 0 and at most 30");
  }
}

BOOST_AUTO_TEST_CASE(a_timeout_of_30_seconds_and_a_fraction_of_one_are_accepted) {
  BOOST_TEST(execute("def main():\n    return 1", 30).result() == 1);
  BOOST_TEST(execute("def main():\n    return 1", 7.5).result() == 1);
}

BOOST_AUTO_TEST_CASE(unknown_fields_are_ignored) {
  const Answer answer = post_body(
      R"json({"language": ["py"], "script": "def main(): return 3", "x": {"script": 1}})json");
  BOOST_TEST(answer.result() == 3);
}

// missing_main

BOOST_AUTO_TEST_CASE(a_script_that_cannot_bind_main_is_refused_before_any_of_it_runs) {
  constexpr std::string_view kText = "Script must contain a main() function";
  check_refused(execute("print('ran')\nx = 1"), 400, "missing_main", kText);
  check_refused(execute("def other():\n    return 1"), 400, "missing_main", kText);
  check_refused(execute("# nothing"), 400, "missing_main", kText);
  check_refused(execute("while True: pass"), 400, "missing_main", kText);
}

BOOST_AUTO_TEST_CASE(a_main_that_is_not_callable_is_answered_with_missing_main) {
  const Answer answer = execute("print('ran')\nmain = 3");
  check_ended(answer, 400, "missing_main", "Script must contain a main() function");
  BOOST_TEST(answer.out() == "ran\n");
}

BOOST_AUTO_TEST_CASE(a_main_that_is_unbound_again_is_answered_with_missing_main) {
  check_ended(execute("def main():\n    return 1\ndel main"), 400, "missing_main",
              "Script must contain a main() function");
}

// syntax_error

BOOST_AUTO_TEST_CASE(a_syntax_error_is_answered_with_its_line_and_the_caret_report) {
  const Answer answer = execute("def main(:\n    return 1");
  check_ended(answer, 400, "syntax_error", "SyntaxError: invalid syntax (line 1)");
  BOOST_TEST(answer.out() == "");
  BOOST_TEST(answer.err().find("File \"script.py\", line 1\n    def main(:\n") !=
             std::string::npos);
  BOOST_TEST(answer.err().find('^') != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_indentation_error_is_a_syntax_error_with_its_own_name) {
  const Answer answer = execute("def main():\nreturn 1");
  BOOST_TEST(answer.error_type() == "syntax_error");
  BOOST_TEST(answer.error().starts_with("IndentationError: expected an indented block"));
  BOOST_TEST(answer.error().ends_with("(line 2)"));
}

BOOST_AUTO_TEST_CASE(a_syntax_error_that_the_script_raises_itself_is_an_exception) {
  const Answer answer = execute("def main():\n    print('ran')\n    compile('x = =', 'x', 'exec')");
  BOOST_TEST(answer.error_type() == "exception");
  BOOST_TEST(answer.out() == "ran\n");
}

// exception

BOOST_AUTO_TEST_CASE(an_exception_is_answered_with_type_message_and_output_before_it) {
  const Answer answer =
      execute("def main():\n    print('Some output')\n    return undefined_variable");
  check_ended(answer, 400, "exception", "NameError: name 'undefined_variable' is not defined");
  BOOST_TEST(answer.out() == "Some output\n");
}

BOOST_AUTO_TEST_CASE(a_traceback_shows_the_script_with_its_lines_and_no_other_frame) {
  const Answer answer =
      execute("def inner():\n    raise ValueError('no')\ndef main():\n    inner()");
  const std::string err = answer.err();
  BOOST_TEST_CONTEXT(err) {
    BOOST_TEST(
        err.starts_with("Traceback (most recent call last):\n"
                        "  File \"script.py\", line 4, in main\n    inner()\n"));
    BOOST_TEST(err.find("  File \"script.py\", line 2, in inner\n    raise ValueError('no')\n") !=
               std::string::npos);
    BOOST_TEST(err.ends_with("\nValueError: no\n"));
  }
}

BOOST_AUTO_TEST_CASE(a_traceback_of_the_top_level_starts_with_the_script) {
  BOOST_TEST(
      execute("main = print\n1 / 0")
          .err()
          .starts_with(
              "Traceback (most recent call last):\n  File \"script.py\", line 2, in <module>\n"));
}

BOOST_AUTO_TEST_CASE(a_traceback_of_a_coroutine_shows_nothing_of_the_event_loop) {
  const Answer answer = execute("async def main():\n    raise KeyError('k')");
  BOOST_TEST(answer.error() == "KeyError: 'k'");
  BOOST_TEST(answer.err().find("asyncio") == std::string::npos);
  BOOST_TEST(answer.err().find("script.py") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(chained_exceptions_are_all_in_the_traceback) {
  const auto* const script = R"py(def main():
    try:
        {}['k']
    except KeyError as error:
        raise RuntimeError('outer') from error
)py";
  const Answer answer = execute(script);
  BOOST_TEST(answer.error() == "RuntimeError: outer");
  BOOST_TEST(answer.err().find("KeyError: 'k'") != std::string::npos);
  BOOST_TEST(answer.err().find("direct cause") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_exception_is_named_as_python_prints_it) {
  BOOST_TEST(execute("def main():\n    raise ValueError").error() == "ValueError");
  BOOST_TEST(execute("def main():\n    raise ValueError('')").error() == "ValueError");
  BOOST_TEST(execute("import json\ndef main():\n    json.loads('')").error() ==
             "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)");
  BOOST_TEST(execute("def main():\n    raise KeyboardInterrupt").error() == "KeyboardInterrupt");
}

BOOST_AUTO_TEST_CASE(a_wrong_number_of_parameters_of_main_is_an_exception) {
  check_ended(execute("def main(x):\n    return x"), 400, "exception",
              "TypeError: main() missing 1 required positional argument: 'x'");
}

BOOST_AUTO_TEST_CASE(system_exit_is_an_exception_whatever_its_status) {
  check_ended(execute("import sys\ndef main():\n    sys.exit(3)"), 400, "exception",
              "SystemExit: 3");
  check_ended(execute("import sys\nsys.exit(0)\ndef main(): pass"), 400, "exception",
              "SystemExit: 0");
  check_ended(execute("def main():\n    raise SystemExit"), 400, "exception", "SystemExit");
}

BOOST_AUTO_TEST_CASE(endless_recursion_is_an_exception) {
  const Answer answer = execute("def main():\n    return main()");
  BOOST_TEST(answer.error_type() == "exception");
  BOOST_TEST(answer.error().starts_with("RecursionError: maximum recursion depth exceeded"));
}

// The other endings; what leads to them is in limits_test.cc.

BOOST_AUTO_TEST_CASE(a_process_that_exits_is_answered_with_its_status) {
  const Answer answer = execute("import os\ndef main():\n    print('x')\n    os._exit(3)");
  check_ended(answer, 400, "exited", "Script exited with status 3 before main() returned");
  BOOST_TEST(answer.out() == "x\n");
}

BOOST_AUTO_TEST_CASE(an_exit_with_status_0_is_no_return) {
  check_ended(execute("import os\ndef main():\n    os._exit(0)"), 400, "exited",
              "Script exited with status 0 before main() returned");
}

BOOST_AUTO_TEST_CASE(a_timeout_is_answered_with_500_and_the_output_so_far) {
  const Answer answer = execute("def main():\n    print('start', end='')\n    while True: pass", 3);
  check_ended(answer, 500, "timeout", "Script execution timed out");
  BOOST_TEST(answer.out() == "start");
}

BOOST_AUTO_TEST_CASE(an_uncaught_memory_error_is_answered_with_the_memory_limit) {
  const std::size_t limit = shared_settings().memory_limit_mb;
  const Answer answer = execute("def main():\n    print('x')\n    return len(bytearray(" +
                                std::to_string(limit + 100) + " << 20))");
  check_ended(answer, 500, "memory_limit",
              "Script exceeded the memory limit of " + std::to_string(limit) + " MB");
  BOOST_TEST(answer.out() == "x\n");
}

BOOST_AUTO_TEST_CASE(a_segmentation_fault_is_answered_with_its_signal) {
  const Answer answer =
      execute("import ctypes\ndef main():\n    print('x')\n    ctypes.string_at(0)");
  check_ended(answer, 500, "crashed", "Script was killed by signal 11 (SIGSEGV)");
  BOOST_TEST(answer.out() == "x\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
