// sys.stdin, sys.stdout and sys.stderr: as in `python3 script.py | cat`, and yet nothing is lost.
#include <string>

#include "support/both_dialects.h"
#include "support/outside.h"

namespace executor::test {
namespace {

// What the streams know of themselves. Without what differs on purpose: `write_through`.
constexpr const char* kQuestions = R"py(
import inspect, io, os, pickle, sys
for stream in (sys.stdin, sys.stdout, sys.stderr):
    raw = stream.buffer.raw
    print(type(stream).__name__, stream.name, stream.mode, stream.encoding, stream.errors,
          stream.line_buffering, stream.newlines, stream.isatty(), stream.fileno(),
          type(stream.buffer).__name__, repr(stream.buffer), raw.name, raw.mode, raw.closefd,
          type(raw).__name__, isinstance(stream.buffer, (io.BufferedWriter, io.BufferedReader)))
print(sys.stdin is sys.__stdin__, sys.stdout is sys.__stdout__, sys.stderr is sys.__stderr__)
for stream in (sys.stdin, sys.stdout):
    raw = stream.buffer.raw
    print(stream.seekable(), stream.buffer.seekable(), raw.seekable(), raw._blksize)
print(inspect.signature(print), print.__module__, print.__doc__, repr(print),
      pickle.loads(pickle.dumps(print)) is print)
print(*[getattr(sys.flags, name) for name in ('inspect', 'isolated', 'ignore_environment', 'optimize',
        'safe_path', 'utf8_mode', 'dev_mode', 'no_site', 'bytes_warning')])
)py";

}  // namespace

BOOST_AUTO_TEST_SUITE(standard_streams)

BOOST_AUTO_TEST_CASE(streams_are_as_in_a_fresh_interpreter_with_pipes) {
  const std::string outside = printed_outside(kQuestions);
  BOOST_TEST_REQUIRE(outside.find("<stdout>") != std::string::npos, outside);
  check_prints_in_both_dialects(kQuestions, outside);
}

BOOST_AUTO_TEST_CASE(a_text_stream_can_be_put_on_the_buffer_of_stdout) {
  check_prints_in_both_dialects(
      "import io, sys\nsys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='utf-8')\n"
      "print('\u00e9')",
      "\u00e9\n");
}

BOOST_AUTO_TEST_CASE(text_and_bytes_come_in_the_order_in_which_they_were_written) {
  check_prints_in_both_dialects(
      "import os, sys\nprint('a', end='')\nsys.stdout.buffer.write(b'b')\nos.write(1, b'c')\n"
      "sys.stdout.write('d')\nos.system('printf e')\nsys.stdout.buffer.raw.write(b'f')",
      "abcdef");
}

BOOST_AUTO_TEST_CASE(lines_of_several_threads_do_not_mix) {
  const Answer answer = run_program(R"py(
import threading
def write():
    for _ in range(200):
        print('x' * 20, 'y')
threads = [threading.Thread(target=write) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
)py");
  std::string expected;
  for (int i = 0; i < 1600; ++i) expected += std::string(20, 'x') + " y\n";
  BOOST_TEST((answer.output() == expected));
}

BOOST_AUTO_TEST_CASE(what_was_written_before_a_timeout_is_returned_without_a_line_end) {
  const Answer answer = run_program(
      "import sys\nprint('a', end='')\nsys.stdout.write('.')\nsys.stdout.buffer.write(b'b')\n"
      "while True: pass",
      3);
  BOOST_TEST(answer.error() == "Script execution timed out");
  BOOST_TEST(answer.output() == "a.b");
}

BOOST_AUTO_TEST_CASE(what_was_written_before_a_crash_is_returned) {
  const Answer answer =
      run_program("import os, sys\nprint('a', end='')\nsys.stdout.write('.')\nos.abort()");
  BOOST_TEST(answer.output() == "a.");
}

BOOST_AUTO_TEST_CASE(print_does_what_pythons_does) {
  check_prints_in_both_dialects(R"py(
import contextlib, io, sys
print(1, None, 'x', sep='-', end='!\n', flush=True)
print()
print(sep='-', end='.\n')
print('a', 'b', sep='')
print('a', 'b', sep=None, end=None, file=None)
class Loud:
    def __str__(self): raise ValueError('no')
try:
    print('a', Loud())
except ValueError as error:
    print('raised', error)
for arguments in ({'sep': 3}, {'end': b''}, {'other': 1}):
    try:
        print('a', **arguments)
    except TypeError as error:
        print("its name" if "'other'" in str(error) else error)
with contextlib.redirect_stdout(io.StringIO()) as text:
    print('kept', 1)
print(repr(text.getvalue()))
print('x' * 100_000 == 'x', len('y' * 100_000))
sys.stdout = None
print('nowhere')
sys.stdout = sys.__stdout__
)py",
                                R"(1-None-x!

.
ab
a b
a raised no
sep must be None or a string, not int
end must be None or a string, not bytes
its name
'kept 1\n'
False 100000
)");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
