// Requests, scripts and results that are meant to break something. Each gets its documented answer,
// and after each the next request works.
#include <string>

#include "support/boost_test.h"
#include "support/execute.h"
#include "support/server.h"

namespace executor::test {
namespace {

using namespace std::string_literals;

void check_not_json(std::string body) {
  check_refused(post_body(std::move(body)), 400, "bad_request", "Request must be JSON");
}

// A JSON body around bytes that no encoder would write.
std::string raw_script_body(std::string_view script) {
  return R"({"script": ")" + std::string(script) + "\"}";
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(bad_input, NextRequestWorks)

// the request

BOOST_AUTO_TEST_CASE(a_body_cut_short_is_no_request_at_all) {
  const std::string body = request_body("script", "def main():\n    return 1");
  Connection connection(shared_server().port());
  connection.write(
      "POST /execute HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
      "Content-Length: 1000\r\n\r\n" +
      body);
  connection.finish_writing();
  // nginx answers 400 or just closes: either way nothing has run, and nothing hangs.
  try {
    BOOST_TEST(connection.read().status == 400);
  } catch (const boost::system::system_error& closed) {
    BOOST_TEST_MESSAGE("closed without an answer: " << closed.what());
  }
}

BOOST_AUTO_TEST_CASE(json_cut_short_is_answered_with_400_at_every_byte) {
  const std::string body = request_body("script", "def main(): return 1");
  for (std::size_t size = 0; size < body.size(); ++size) check_not_json(body.substr(0, size));
}

BOOST_AUTO_TEST_CASE(a_megabyte_of_brackets_is_answered_with_400) {
  check_not_json(std::string(kMiB, '['));
  check_not_json(R"({"x": )" + std::string(kMiB - 10, '['));
}

BOOST_AUTO_TEST_CASE(a_megabyte_of_objects_is_answered_with_400) {
  std::string body;
  while (body.size() + 5 <= kMiB) body += R"({"a":)";
  check_not_json(body);
}

BOOST_AUTO_TEST_CASE(a_body_with_a_content_encoding_is_refused_by_that_name) {
  for (const std::string& encoding : {"deflate"s, "br"s, "gzip, zstd"s}) {
    const Response response =
        send(shared_server().port(),
             {"POST",
              "/execute",
              {{"Content-Type", "application/json"}, {"Content-Encoding", encoding}},
              "\x78\x9C\xAB\x56"});
    BOOST_TEST(response.status == 400);
    BOOST_TEST(response.json().at("error") == "Request must be JSON");
    BOOST_TEST(boost::json::value_to<std::string>(response.json().at("detail")) ==
               "the body has Content-Encoding '" + encoding +
                   "'; send it as it is, without Content-Encoding");
  }
}

BOOST_AUTO_TEST_CASE(invalid_utf8_is_answered_with_400) {
  for (const char* bytes :
       {"\xff", "\xc3(", "\xe2\x82", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
    check_not_json(raw_script_body("def main(): return '" + std::string(bytes) + "'"));
  }
}

BOOST_AUTO_TEST_CASE(utf16_is_answered_with_400) {
  const std::string body = request_body("script", "def main(): return 1");
  std::string wide = "\xff\xfe";
  for (const char c : body) wide += std::string{c, '\0'};
  check_not_json(wide);
}

BOOST_AUTO_TEST_CASE(lone_surrogates_are_answered_with_400) {
  check_not_json(raw_script_body(R"(def main(): return '\ud800')"));
  check_not_json(raw_script_body(R"(def main(): return '\udc00')"));
  check_not_json(raw_script_body(R"(def main(): return '\udc00\ud800')"));
}

BOOST_AUTO_TEST_CASE(a_pair_of_surrogates_is_one_character) {
  BOOST_TEST(post_body(raw_script_body(R"(def main(): return '\ud83c\udf89')")).result() == "🎉");
}

BOOST_AUTO_TEST_CASE(raw_control_characters_other_than_newline_tab_and_return_are_refused) {
  check_not_json(raw_script_body("def main(): return '\x01'"));
  check_not_json(raw_script_body(std::string_view("def main(): return '\0'", 22)));
}

BOOST_AUTO_TEST_CASE(raw_newlines_tabs_and_returns_in_a_script_are_accepted) {
  BOOST_TEST(post_body(raw_script_body("def main():\r\n\treturn 'a\tb'\n")).result() == "a\tb");
}

BOOST_AUTO_TEST_CASE(a_nul_in_the_script_is_answered_with_a_syntax_error) {
  const Answer answer = post_body(raw_script_body(R"(def main():\n    return '\u0000')"));
  BOOST_TEST(answer.status() == 400);
  BOOST_TEST(answer.error_type() == "syntax_error");
  BOOST_TEST(answer.error().find("null bytes") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_script_of_a_megabyte_is_run) {
  std::string script = "def main():\n    return total\ntotal = 0\n";
  int lines = 0;
  while (script.size() < kMiB - 100 * kKiB) {
    script += "total += 1\n";
    ++lines;
  }
  BOOST_TEST(execute(script).result() == lines);
}

BOOST_AUTO_TEST_CASE(a_script_that_is_one_deep_expression_is_answered_with_an_error_of_its_own) {
  const Answer answer = execute("def main():\n    return " + std::string(100000, '(') + "1" +
                                std::string(100000, ')'));
  BOOST_TEST(answer.status() == 400);
  BOOST_TEST(answer.error_type() == "syntax_error");
  // How the parser handles what its stack cannot hold differs; all ways are Python's own.
  const Answer chain = execute("def main():\n    return " + std::string(100000, '-') + "1");
  BOOST_TEST(chain.error_type() != "internal");
  BOOST_TEST(chain.error_type() != "(absent)");
}

BOOST_AUTO_TEST_CASE(an_encoding_declaration_does_not_change_the_script) {
  BOOST_TEST(result_of("# -*- coding: latin-1 -*-\ndef main():\n    return 'é'") == "é");
}

// the result

BOOST_AUTO_TEST_CASE(a_result_of_100_mb_is_answered_with_the_result_limit) {
  check_ended(execute("def main():\n    return 'x' * 100_000_000"), 500, "output_limit",
              "Script returned more than " +
                  std::to_string(shared_settings().max_result_kb / kKiB) + " MB");
}

BOOST_AUTO_TEST_CASE(a_result_of_many_small_values_is_answered_with_the_result_limit) {
  BOOST_TEST(execute("def main():\n    return list(range(5_000_000))").error_type() ==
             "output_limit");
}

BOOST_AUTO_TEST_CASE(a_result_close_below_the_limit_is_returned_whole) {
  const std::size_t size = shared_settings().max_result_kb * kKiB - 100;
  const Answer answer = execute("def main():\n    return 'x' * " + std::to_string(size));
  BOOST_TEST(answer.status() == 200);
  BOOST_TEST(answer.result().as_string().size() == size);
}

BOOST_AUTO_TEST_CASE(an_object_whose_conversion_raises_is_an_invalid_result) {
  const auto* const script = R"py(
class Odd(dict):
    def __len__(self): raise RuntimeError('len')
    def __iter__(self): raise RuntimeError('iter')
    def items(self): raise RuntimeError('items')
    def __repr__(self): raise RuntimeError('repr')
def main():
    return [Odd(a=1)]
)py";
  const Answer answer = execute(script);
  BOOST_TEST_CONTEXT(answer.response.body) {
    BOOST_TEST(answer.error_type() != "internal");
    BOOST_TEST((answer.status() == 200 || answer.status() == 400));
  }
}

// exceptions

BOOST_AUTO_TEST_CASE(an_exception_with_a_message_of_100_mb_is_answered_as_an_exception) {
  const Answer answer =
      execute("def main():\n    print('x')\n    raise ValueError('x' * 100_000_000)");
  BOOST_TEST(answer.status() == 400);
  BOOST_TEST(answer.error_type() == "exception");
  BOOST_TEST(answer.error().starts_with("ValueError: xxxx"));
  BOOST_TEST(answer.out() == "x\n");
  BOOST_TEST(answer.response.body.size() < 8 * kMiB);
}

BOOST_AUTO_TEST_CASE(an_exception_whose_str_raises_is_named_as_python_names_it) {
  const auto* const script = R"py(
class Odd(Exception):
    def __str__(self): raise RuntimeError('str')
    __repr__ = __str__
def main():
    raise Odd
)py";
  const Answer answer = execute(script);
  BOOST_TEST(answer.status() == 400);
  BOOST_TEST(answer.error_type() == "exception");
  BOOST_TEST(answer.error().find("Odd: <exception str() failed>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_exception_whose_str_never_ends_is_a_timeout) {
  const auto* const script = R"py(
class Odd(Exception):
    def __str__(self):
        while True: pass
def main():
    raise Odd
)py";
  check_ended(execute(script, 0.5), 500, "timeout", "Script execution timed out");
}

BOOST_AUTO_TEST_CASE(an_exception_whose_str_exits_the_process_is_an_exit) {
  const auto* const script = R"py(
import os
class Odd(Exception):
    def __str__(self): os._exit(7)
def main():
    raise Odd
)py";
  check_ended(execute(script), 400, "exited", "Script exited with status 7 before main() returned");
}

BOOST_AUTO_TEST_CASE(an_exception_message_with_lone_surrogates_is_still_json) {
  const Answer answer = execute("def main():\n    raise ValueError('\\ud800 end')");
  BOOST_TEST(answer.error_type() == "exception");
  BOOST_TEST(answer.error().starts_with("ValueError: "));
  BOOST_TEST(answer.error().ends_with(" end"));
}

BOOST_AUTO_TEST_CASE(a_base_exception_of_the_scripts_own_is_an_exception) {
  BOOST_TEST(execute("class Mine(BaseException): pass\ndef main():\n    raise Mine('x')")
                 .error()
                 .ends_with("Mine: x"));
}

BOOST_AUTO_TEST_CASE(an_exception_group_is_an_exception) {
  BOOST_TEST(execute("def main():\n    raise ExceptionGroup('both', [ValueError(1), TypeError(2)])")
                 .error() == "ExceptionGroup: both (2 sub-exceptions)");
}

BOOST_AUTO_TEST_CASE(a_cycle_of_causes_is_answered) {
  const auto* const script = R"py(
def main():
    a, b = ValueError('a'), ValueError('b')
    a.__cause__, b.__cause__ = b, a
    raise a
)py";
  BOOST_TEST(execute(script).error() == "ValueError: a");
}

// a script that works against the service

BOOST_AUTO_TEST_CASE(an_exit_that_bypasses_python_is_an_exit) {
  check_ended(execute("import os\nos._exit(0)\ndef main(): pass"), 400, "exited",
              "Script exited with status 0 before main() returned");
}

BOOST_AUTO_TEST_CASE(a_segmentation_fault_is_a_crash) {
  check_ended(execute("import ctypes\ndef main():\n    ctypes.string_at(0)"), 500, "crashed",
              "Script was killed by signal 11 (SIGSEGV)");
}

BOOST_AUTO_TEST_CASE(a_script_that_closes_every_descriptor_still_returns) {
  const Answer answer =
      execute("import os\ndef main():\n    os.closerange(0, 65536)\n    return 'open'");
  BOOST_TEST(answer.status() == 200);
  BOOST_TEST(answer.result() == "open");
}

BOOST_AUTO_TEST_CASE(a_script_that_writes_to_every_descriptor_forges_nothing) {
  const auto* const script = R"py(
import os
def main():
    for fd in range(3, 4096):
        for junk in (b'{"result": "forged"}\n', b'\x00' * 64, b'\xff' * 4096):
            try:
                os.set_blocking(fd, False)
                os.write(fd, junk)
            except OSError:
                pass
    return 'genuine'
)py";
  const Answer answer = execute(script);
  BOOST_TEST(answer.status() == 200);
  BOOST_TEST(answer.result() == "genuine");
  BOOST_TEST(answer.out() == "");
}

BOOST_AUTO_TEST_CASE(a_script_that_puts_other_files_over_every_descriptor_still_returns) {
  const auto* const script = R"py(
import os
def main():
    r, w = os.pipe()
    for fd in range(0, 200):
        if fd not in (r, w):
            try:
                os.dup2(w, fd)
            except OSError:
                pass
    return 'genuine'
)py";
  BOOST_TEST(execute(script).result() == "genuine");
}

BOOST_AUTO_TEST_CASE(a_script_that_patches_json_changes_no_answer) {
  const auto* const script = R"py(
import json, json.encoder, json.decoder
def evil(*args, **kwargs): return '{"result": "forged"}'
json.dumps = json.dump = json.loads = json.load = evil
json.JSONEncoder.encode = json.JSONEncoder.iterencode = json.JSONEncoder.default = evil
json.encoder.encode_basestring = json.encoder.encode_basestring_ascii = evil
json.encoder.c_make_encoder = None
def main():
    return {'genuine': [1, 'two']}
)py";
  BOOST_TEST(execute(script).result() == json(R"({"genuine": [1, "two"]})"));
}

BOOST_AUTO_TEST_CASE(a_script_that_patches_builtins_and_modules_changes_no_answer) {
  const auto* const script = R"py(
import builtins, sys, os, traceback, io
genuine = {'genuine': True}
def main():
    for name in ('isinstance', 'type', 'str', 'repr', 'len', 'dict', 'list', 'print', 'open', 'getattr'):
        setattr(builtins, name, lambda *a, **k: 'forged')
    os.write = os.close = lambda *a: 0
    traceback.format_exception = traceback.TracebackException = None
    sys.stdout = sys.stderr = sys.stdin = None
    sys.modules.clear()
    return genuine
)py";
  const Answer answer = execute(script);
  BOOST_TEST(answer.status() == 200, answer.response.body);
  BOOST_TEST(answer.result() == json(R"({"genuine": true})"));
}

BOOST_AUTO_TEST_CASE(an_exception_after_stdout_was_replaced_is_still_an_exception) {
  const auto* const script = R"py(
import sys
class Broken:
    def write(self, text): raise RuntimeError('write')
    def flush(self): raise RuntimeError('flush')
def main():
    sys.stdout = sys.stderr = Broken()
    raise ValueError('genuine')
)py";
  BOOST_TEST(execute(script).error() == "ValueError: genuine");
}

BOOST_AUTO_TEST_CASE(hooks_of_the_interpreter_change_no_answer) {
  const auto* const script = R"py(
import os, sys, atexit, threading
sys.excepthook = sys.unraisablehook = threading.excepthook = lambda *a: os._exit(9)
def main():
    atexit.register(os._exit, 5)
    return 'genuine'
)py";
  BOOST_TEST(execute(script).result() == "genuine");
}

BOOST_AUTO_TEST_CASE(a_result_whose_type_lies_about_itself_forges_nothing) {
  const auto* const script = R"py(
class Liar(str):
    def __str__(self): return '"}, "result": "forged'
    __repr__ = __format__ = __str__
    def encode(self, *a): return b'"}, "result": "forged'
    def __iter__(self): return iter('forged')
def main():
    return {'k': Liar('plain "text"')}
)py";
  const Answer answer = execute(script);
  BOOST_TEST(answer.response.body.find(R"("result": "forged)") == std::string::npos);
  BOOST_TEST(answer.error_type() != "internal");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
