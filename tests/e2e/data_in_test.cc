// What a request brings along for its run: arguments, argv, stdin, env, files; and last_value.
#include <string>

#include "support/boost_test.h"
#include "support/execute.h"
#include "support/server.h"

namespace executor::test {
namespace {

using boost::json::serialize;

// The answer to {field: source, <fields>}; `fields` is JSON text: "\"argv\": [\"x\"]".
Answer post(std::string_view field, std::string_view source, const std::string& fields) {
  const boost::json::string program(source);
  return post_body("{\"" + std::string(field) + "\": " + serialize(program) + ", " + fields + "}");
}

Answer script(std::string_view source, const std::string& fields) {
  return post("script", source, fields);
}

Answer program(std::string_view source, const std::string& fields) {
  return post("code", source, fields);
}

void check_output(const Answer& answer, std::string_view output) {
  BOOST_TEST_CONTEXT(answer.response.body) {
    BOOST_TEST(answer.status() == 200);
    BOOST_TEST(answer.output() == output);
    BOOST_TEST(answer.body.at("error").is_null());
  }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(data_in, NextRequestWorks)

// --- arguments

BOOST_AUTO_TEST_CASE(arguments_of_an_object_are_main_s_by_name_and_of_an_array_by_place) {
  BOOST_TEST(
      script("def main(a, *, b=0): return [a, b]", R"("arguments": {"b": 2, "a": 1})").result() ==
      json("[1, 2]"));
  BOOST_TEST(script("def main(*a): return a", R"("arguments": [1, [2], null])").result() ==
             json("[1, [2], null]"));
  BOOST_TEST(script("async def main(x): return x", R"("arguments": ["y"])").result() == "y");
}

BOOST_AUTO_TEST_CASE(arguments_are_what_pythons_json_makes_of_them) {
  const std::string large(400, '9');
  const Answer answer = script(
      "def main(x):\n"
      "  return [str(x[0]), repr(x[1:4]), list(x[4].items())]",
      R"("arguments": [[)" + large + R"(, 0.1, 1e400, -0.0, {"b": 1, "a": 2, "b": 3}]])");
  BOOST_TEST(answer.result() ==
             json("[\"" + large + R"(", "[0.1, inf, -0.0]", [["b", 3], ["a", 2]]])"));
}

BOOST_AUTO_TEST_CASE(arguments_may_be_nested_as_deeply_as_a_result) {
  const std::string deep = std::string(200, '[') + std::string(200, ']');
  const Answer answer = script(
      "def main(x):\n"
      "  depth = 1\n"
      "  while x: x, depth = x[0], depth + 1\n"
      "  return depth",
      "\"arguments\": [" + deep + "]");
  BOOST_TEST(answer.result() == 200, answer.response.body);
}

BOOST_AUTO_TEST_CASE(arguments_that_main_does_not_take_are_its_exception) {
  const Answer answer = script("def main(): return 1", R"("arguments": {"x": 1})");
  check_ended(answer, 400, "exception", "TypeError: main() got an unexpected keyword argument 'x'");
}

BOOST_AUTO_TEST_CASE(a_script_that_replaces_json_gets_its_arguments_all_the_same) {
  BOOST_TEST(script("import json\njson.loads = json.JSONDecoder.decode = None\n"
                    "def main(x): return x",
                    R"("arguments": [[1]])")
                 .result() == json("[1]"));
}

// --- argv, env

BOOST_AUTO_TEST_CASE(argv_follows_the_scripts_name) {
  check_output(program("import sys; print(sys.argv)", R"("argv": ["-v", "\u00e4 b", ""])"),
               "['script.py', '-v', '\u00e4 b', '']\n");
  BOOST_TEST(script("import sys\ndef main(): return sys.argv[1:]", R"("argv": ["x"])").result() ==
             json(R"(["x"])"));
}

BOOST_AUTO_TEST_CASE(env_is_seen_by_the_run_and_its_children_and_by_no_other) {
  const char* const source =
      "import os, subprocess\n"
      "print(os.environ.get('TOKEN_X'), flush=True)\n"
      "subprocess.run(['/bin/sh', '-c', 'echo ${TOKEN_X-unset}'])\n";
  check_output(program(source, R"("env": {"TOKEN_X": "s3cret \u00e4"})"),
               "s3cret \u00e4\ns3cret \u00e4\n");
  check_output(program(source, R"("env": {})"), "None\nunset\n");
}

BOOST_AUTO_TEST_CASE(a_time_zone_among_the_variables_is_the_runs) {
  const char* const source = "import datetime\nprint(datetime.datetime.fromtimestamp(0).hour)";
  check_output(program(source, R"("env": {"TZ": "Asia/Tokyo"})"), "9\n");
  check_output(program(source, R"("env": {"A": "b"})"), "0\n");
}

// --- stdin

BOOST_AUTO_TEST_CASE(stdin_is_descriptor_0_for_python_and_for_children) {
  check_output(program("print(input()); print(repr(input()))", R"("stdin": "one\n\u00e4 two")"),
               "one\n'\u00e4 two'\n");
  check_output(program("import sys; print(sys.stdin.buffer.read())", R"("stdin": "a\u0000\n")"),
               "b'a\\x00\\n'\n");
  check_output(program("import subprocess; subprocess.run(['/usr/bin/wc', '-l'])",
                       R"("stdin": "1\n2\n3\n")"),
               "3\n");
  check_output(program("import select, os\n"
                       "print(len(select.select([0], [], [], 0)[0]), os.read(0, 9), os.read(0, 9))",
                       R"("stdin": "x")"),
               "1 b'x' b''\n");
  BOOST_TEST(script("def main(): return open(0).read().split()", R"("stdin": "1 2")").result() ==
             json(R"(["1", "2"])"));
}

BOOST_AUTO_TEST_CASE(stdin_has_no_name_and_cannot_be_written) {
  check_output(program("import os, errno\n"
                       "print(os.listdir())\n"
                       "try: os.write(0, b'x')\n"
                       "except OSError as error: print(error.errno == errno.EBADF)\n",
                       R"("stdin": "x")"),
               "[]\nTrue\n");
}

BOOST_AUTO_TEST_CASE(without_stdin_there_is_nothing_to_read) {
  check_output(program("import sys; print(repr(sys.stdin.read()))", R"("stdin": "")"), "''\n");
}

BOOST_AUTO_TEST_CASE(a_megabyte_of_stdin_is_read_or_left_without_harm) {
  const std::string text(900'000, 'x');
  check_output(program("import sys; print(len(sys.stdin.read()))", "\"stdin\": \"" + text + "\""),
               "900000\n");
  check_output(program("print('unread')", "\"stdin\": \"" + text + "\""), "unread\n");
}

// --- files

BOOST_AUTO_TEST_CASE(files_are_there_when_the_run_begins) {
  check_output(
      program("import os\n"
              "print(sorted(os.listdir()), open('a.txt').read(), open('d/e/b', 'rb').read())\n"
              "open('a.txt', 'a').write('more'); os.remove('d/e/b'); os.rmdir('d/e')\n",
              R"("files": {"a.txt": "\u00e4", "d/e/b": {"base64": "AP8="}, "empty": ""})"),
      "['a.txt', 'd', 'empty'] \u00e4 b'\\x00\\xff'\n");
  BOOST_TEST(script("import helper\ndef main(): return helper.VALUE",
                    R"("files": {"helper.py": "VALUE = 7"})")
                 .result() == 7);
}

BOOST_AUTO_TEST_CASE(a_thousand_files_with_any_names_are_there) {
  std::string files = R"("\u00e4 \"\n": "", "-rf": "")";
  for (int i = 0; i < 998; ++i) files += ", \"f" + std::to_string(i) + "\": \"\"";
  check_output(program("import os; print(len(os.listdir()))", "\"files\": {" + files + "}"),
               "1000\n");
}

BOOST_AUTO_TEST_CASE(files_that_would_leave_the_directory_are_refused_before_anything_runs) {
  for (const char* path : {"/tmp/x", "../x", "a/../../x", "./x", "a//b", "", "a\\u0000"}) {
    const Answer answer =
        program("print('ran')", std::string(R"("files": {")") + path + R"(": ""})");
    BOOST_TEST(answer.status() == 400, path);
    BOOST_TEST(answer.error_type() == "bad_request");
    BOOST_TEST(answer.text("detail").starts_with("the path "), answer.response.body);
  }
}

// --- last_value

BOOST_AUTO_TEST_CASE(the_last_value_of_a_program_is_its_last_expression) {
  const auto last = [](const char* source) {
    const Answer answer = program(source, R"("last_value": true)");
    BOOST_TEST(answer.body.at("error").is_null(), answer.response.body);
    return answer.body.at("last_value");
  };
  BOOST_TEST(last("x = 20\nx + 1") == "21");
  BOOST_TEST(last("'\u00e4\"'") == "'\u00e4\"'");
  BOOST_TEST(last("print('x')").is_null());
  BOOST_TEST(last("x = 1").is_null());
  BOOST_TEST(last("1; None").is_null());
  BOOST_TEST(last("# nothing").is_null());
  BOOST_TEST(last("from __future__ import annotations\ndef f(x: y): pass\nf.__annotations__") ==
             "{'x': 'y'}");
}

BOOST_AUTO_TEST_CASE(a_program_that_fails_has_no_last_value) {
  const Answer answer = program("1 / 0", R"("last_value": true)");
  BOOST_TEST(answer.error() == "ZeroDivisionError: division by zero");
  BOOST_TEST(answer.err().find("line 1, in <module>") != std::string::npos, answer.err());
  BOOST_TEST(answer.body.at("last_value").is_null());
  const Answer bad =
      program("class C:\n  def __repr__(self): return 1 / 0\nC()", R"("last_value": true)");
  BOOST_TEST(bad.error() == "ZeroDivisionError: division by zero");
  BOOST_TEST(bad.body.at("last_value").is_null());
}

// --- Advice

BOOST_AUTO_TEST_CASE(unknown_fields_are_named_in_the_answer) {
  const Answer answer = script("def main(): return 1", R"("stdn": "x")");
  BOOST_TEST(answer.keys() == "result stdout warnings");
  BOOST_TEST(answer.body.at("warnings") ==
             json(R"(["unknown field 'stdn' is ignored; did you mean 'stdin'?"])"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
