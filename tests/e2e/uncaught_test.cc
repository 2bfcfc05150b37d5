// What Python itself prints of an error that a program does not catch: its lines, what it suggests,
// its hooks.
#include <string>

#include "support/boost_test.h"
#include "support/execute.h"

namespace executor::test {
namespace {

// Checks that `program` prints this to stderr, as a program and before an empty main().
void check_shows(const std::string& program, const std::string& part) {
  const std::string ran = run_program(program).err();
  BOOST_TEST(ran.find(part) != std::string::npos, ran);
  const std::string called = execute(program + "\ndef main():\n    pass\n").err();
  BOOST_TEST(called.find(part) != std::string::npos, called);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(uncaught, NextRequestWorks)

BOOST_AUTO_TEST_CASE(a_name_that_was_meant_is_suggested_as_python_does) {
  check_shows("total = 1\nprint(totl)",
              "NameError: name 'totl' is not defined. Did you mean: 'total'?\n");
  check_shows("import math\nmath.sqr(4)", "has no attribute 'sqr'. Did you mean: 'sqrt'?\n");
  check_shows("class Point:\n    def __init__(self): self.value = 1\nPoint().valuee",
              "has no attribute 'valuee'. Did you mean: 'value'?\n");
  check_shows("try:\n    1 / 0\nexcept ZeroDivisionError:\n    lenn('x')",
              "name 'lenn' is not defined. Did you mean: 'len'?\n");
  const std::string none = run_program("qwertz").err();
  BOOST_TEST(none.find("Did you mean") == std::string::npos, none);
}

BOOST_AUTO_TEST_CASE(the_lines_of_the_script_are_in_everything_that_python_prints) {
  check_shows(
      "import threading\nwork = lambda: 1 / 0\n"
      "thread = threading.Thread(target=work, name='w')\nthread.start(); thread.join()",
      "line 2, in <lambda>\n    work = lambda: 1 / 0\n                   ~~^~~\n"
      "ZeroDivisionError: division by zero\n");
  // From Python 3.13 on C code marks no places.
  const bool marked =
      run_program("import sys\nprint(sys.version_info < (3, 13))").output() == "True\n";
  check_shows("class Gone:\n    def __del__(self): [][1]\nGone()",
              std::string("line 2, in __del__\n    def __del__(self): [][1]\n") +
                  (marked ? "                       ~~^^^\n" : "") +
                  "IndexError: list index out of range\n");
  check_shows(
      "import sys\ndef hook(*error): sys.__excepthook__(*error)\nsys.excepthook = hook\n"
      "1 / 0",
      "line 4, in <module>\n    1 / 0\n    ~~^~~\nZeroDivisionError: division by zero\n");
  check_shows("print(1 is 1)", "SyntaxWarning: \"is\" with");
  check_shows("print(1 is 1)", "\n  print(1 is 1)\n");
  const std::string last =
      run_program("import atexit\nlast = lambda: 1 / 0\natexit.register(last)").err();
  BOOST_TEST(last.find("\n    last = lambda: 1 / 0\n") != std::string::npos, last);
}

BOOST_AUTO_TEST_CASE(the_limit_of_a_traceback_counts_from_the_innermost_frame) {
  const std::string program = "import sys\nsys.tracebacklimit = LIMIT\ndef f(): 1 / 0\nf()";
  const auto shown = [&](const std::string& limit) {
    return run_program(std::string(program).replace(program.find("LIMIT"), 5, limit)).err();
  };
  const std::string error = "ZeroDivisionError: division by zero\n";
  BOOST_TEST(shown("0") == error);
  BOOST_TEST(shown("1") ==
             "Traceback (most recent call last):\n  File \"script.py\", line 3, in f\n"
             "    def f(): 1 / 0\n             ~~^~~\n" +
                 error);
  BOOST_TEST(shown("None") == shown("9"));
}

BOOST_AUTO_TEST_CASE(a_hook_that_exits_is_no_failure_of_the_hook) {
  const Answer answer = run_program("import sys\nsys.excepthook = lambda *e: sys.exit(9)\n1 / 0");
  BOOST_TEST(answer.error() == "ZeroDivisionError: division by zero");
  BOOST_TEST(!answer.has("stderr"), answer.response.body);
}

BOOST_AUTO_TEST_CASE(an_interrupt_ends_a_program_by_its_signal) {
  const Answer answer = post_body(R"({"code": "raise KeyboardInterrupt", "usage": true})");
  BOOST_TEST(answer.error() == "KeyboardInterrupt");
  BOOST_TEST(answer.body.at("usage").at("signal") == 2);
  BOOST_TEST(!answer.body.at("usage").as_object().contains("exit_code"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
