// What an answer says to do about an error, for what is really answered.
#include <algorithm>
#include <string>
#include <vector>

#include "e2e/limits.h"
#include "support/boost_test.h"
#include "support/execute.h"

namespace executor::test {
namespace {

struct Mistake {
  std::string program;
  std::string hint;  // a part of it
};

std::string in_main(const std::string& program) {
  std::string script = "def main():\n";
  std::size_t begin = 0;
  while (begin < program.size()) {
    const std::size_t end = std::min(program.find('\n', begin), program.size());
    script += "    " + program.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return script;
}

void check_hint(const Answer& answer, const std::string& part) {
  BOOST_TEST(answer.text("hint").find(part) != std::string::npos, answer.response.body);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(hints, NextRequestWorks)

BOOST_AUTO_TEST_CASE(an_exception_has_the_hint_of_its_kind_in_both_dialects) {
  const std::vector<Mistake> mistakes = {
      {"import nosuchmodule", "'nosuchmodule' is not installed, and a run cannot install it"},
      {"import urllib.request\nurllib.request.urlopen('http://example.com', timeout=5)",
       "Scripts have no network"},
      {"import socket\nsocket.create_connection(('192.0.2.1', 80), 5)", "Scripts have no network"},
      {"input()", "There is nothing on stdin: send what the script reads in 'stdin'"},
      {"open('data.csv')", "Send 'data.csv' in 'files'; a run starts in an empty directory"},
      {"open('./data.csv')", "Send 'data.csv' in 'files'; a run starts in an empty directory"},
      {"open('/mnt/data/data.csv')", "Send 'data.csv' in 'files'; a run starts in an empty"},
      {"import os\nos.listdir('images')", "There is no directory 'images'"},
      {"import os\nos.chdir('/tmp')\nopen('x')", "Send 'x' in 'files', and open it before"},
      {"open('/usr/x', 'w')", "Only the working directory, /tmp and /dev/shm can be written to"},
      {"import subprocess\nsubprocess.run(['nosuchprogram'])", "'nosuchprogram' is not there"},
      {"import threading\nstop = threading.Event()\ntry:\n  while True: "
       "threading.Thread(target=stop.wait).start()\nfinally: stop.set()",
       "A run may have up to 64 processes and threads at once"},
      {"import json.nosuch", "'json' is there, without 'json.nosuch'"},
      {"import os\nos.environ['NOSUCH_KEY']", "Send 'NOSUCH_KEY' in 'env'"},
      {"open('/tmp/data.csv')", "Send 'data.csv' in 'files', which are put into the working"},
      {"open('/nosuch/data.csv')", "There is no directory '/nosuch': what is sent in 'files'"},
      {"open('/proc/cpuinfo')", "Scripts have no /proc"},
      {"open('/dev/stdin')", "There is no /dev/stdin; use sys.stdin, or open(0)"},
      {"import sys\nint(sys.stdin.readline())", "There is nothing on stdin"},
      // What breakpoint() comes to up to Python 3.13; from 3.14 on it is exit status 1.
      {"import bdb\nraise bdb.BdbQuit", "leave breakpoint() out"},
      {"import os\nopen_files = []\nwhile True: open_files.append(os.open('.', os.O_RDONLY))",
       "A process may have up to 256 files open"},
  };
  for (const Mistake& mistake : mistakes) {
    const Answer ran = run_program(mistake.program);
    BOOST_TEST(ran.error_type() == "exception", ran.response.body);
    check_hint(ran, mistake.hint);
    const Answer called = execute(in_main(mistake.program));
    BOOST_TEST(called.error_type() == "exception", called.response.body);
    check_hint(called, mistake.hint);
  }
}

BOOST_AUTO_TEST_CASE(a_limit_is_named_with_its_number_in_both_dialects) {
  const std::vector<Mistake> mistakes = {
      {"while True: pass", "The run had 0.5 s; 'timeout' may ask for up to 30 s"},
      {"x = bytearray(2 << 30)", "The processes of a run share 512 MB of memory"},
      {"open('f', 'wb').write(bytes(40 << 20))", "A file may have up to 32 MB"},
      {"print('x' * (2 << 20))",
       "A run may print up to 1 MB to each of stdout and stderr; with 'on_output_limit': "},
  };
  for (const Mistake& mistake : mistakes) {
    const double timeout = &mistake == &mistakes.front() ? 0.5 : 30;
    check_hint(run_program(mistake.program, timeout), mistake.hint);
    check_hint(execute(in_main(mistake.program), timeout), mistake.hint);
  }
}

BOOST_AUTO_TEST_CASE(source_that_is_no_python_has_the_hint_of_its_line) {
  const std::vector<Mistake> mistakes = {
      {"```python\nprint(1)\n```", "Line 1 is a Markdown fence"},
      {"%matplotlib inline", "Line 1 is a notebook's command"},
      {"!pip install x", "Packages cannot be installed in a run"},
  };
  for (const Mistake& mistake : mistakes) {
    check_hint(run_program(mistake.program), mistake.hint);
    check_hint(execute(mistake.program), mistake.hint);
  }
}

BOOST_AUTO_TEST_CASE(a_script_that_is_a_program_and_a_main_that_is_not_called_right) {
  check_hint(execute("print(1)"), "Send a program without main() in 'code'");
  check_hint(execute("locals()['x'] = 1"), "send a program in 'code'");
  check_hint(execute("def main(x): return x"), "in 'arguments'");
  check_hint(execute("import sys\ndef main(): sys.exit(0)"), "with 'return'");
  check_hint(execute("import os\ndef main(): os._exit(3)"), "with 'return'");
  check_hint(run_program("return 1"), "'script'");
  const std::string parses =
      "import argparse\np = argparse.ArgumentParser()\np.add_argument('x')\np.parse_args()";
  check_hint(run_program(parses), "in 'argv'");
  check_hint(execute(in_main(parses)), "in 'argv'");
  check_hint(execute("class Job:\n    def main(self): return 1"), "main() at its top level");
}

BOOST_AUTO_TEST_CASE(what_only_resembles_a_mistake_has_no_hint) {
  for (const char* program :
       {"open('f', 'w')\nimport os\nos.chmod('f', 0)\nopen('f')",
        "open('f', 'w')\nimport subprocess\nsubprocess.run(['./f'])",
        "'''\n```\nx = 1\n```\n'''\nx = (", "print(1\n % 2 3)", "{}['NOSUCH_KEY']", "[][0]",
        "import sys\nsys.exit(2)", "raise ImportError('mine')", "import os\nos.remove('x')",
        "raise FileNotFoundError('Customer not found.')",
        "import socket\nsocket.create_connection(('127.0.0.1', 1))",
        "import urllib.request\nurllib.request.urlopen('file:///nope')",
        "import socket\nsocket.create_server(('', 80))",
        "import sys\nif sys.stdin.isatty(): print(1)\nrows = []\nprint(rows[0])",
        "print(\"a\\n\") \\ + 1"}) {
    const Answer answer = run_program(program);
    BOOST_TEST(answer.has("error_type"), answer.response.body);
    BOOST_TEST(!answer.has("hint"), answer.response.body);
  }
}

BOOST_AUTO_TEST_CASE(a_result_that_is_not_json_has_the_call_that_makes_it_json) {
  check_hint(execute("def main(): return {1, 2}"), "Return sorted(value) or list(value)");
  check_hint(execute("def main(): return float('nan')"), "return None for them");
  check_hint(execute("def main(): return {(1, 2): 3}"), "use str(key)");
  check_hint(execute("def main(): return b'x'"), "value.decode()");
}

BOOST_AUTO_TEST_CASE(a_success_has_no_hint) {
  BOOST_TEST(execute("def main(): return 1").keys() == "result stdout");
  BOOST_TEST(run_program("try:\n  input()\nexcept EOFError: pass").keys() ==
             "output error execution_time");
}

BOOST_AUTO_TEST_CASE(a_figure_left_open_is_told_unless_images_were_asked_for) {
  const std::string program =
      "import importlib.util as u\nhas = u.find_spec('matplotlib') is not None\n"
      "if has:\n  import matplotlib.pyplot as p\n  p.plot([1])\nprint(has)";
  const Answer answer = run_program(program, 30);
  if (answer.output() != "True\n") {  // not installed
    BOOST_TEST(!answer.has("hint"));
    return;
  }
  check_hint(answer, "Send 'images': true");
  const Answer closed = run_program(program + "\np.close('all')", 30);
  BOOST_TEST(!closed.has("hint"), closed.response.body);
  boost::json::object body{{"code", program}, {"images", true}, {"timeout", 30}};
  BOOST_TEST(!post_body(boost::json::serialize(body)).has("hint"));
}

BOOST_AUTO_TEST_CASE(a_hint_that_a_script_chooses_is_one_short_line) {
  const Answer answer =
      run_program("raise ModuleNotFoundError('x', name='a\"}\\n\\ud800\\x00\\x1b' * 1000)");
  BOOST_TEST(answer.error_type() == "exception");
  BOOST_TEST(answer.text("hint").size() <= 300U);
  BOOST_TEST(answer.text("hint").find('\n') == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
