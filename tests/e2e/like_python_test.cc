// What programs written for an ordinary machine expect, and what they are answered here.
#include <regex>
#include <string>

#include "support/both_dialects.h"
#include "support/outside.h"

namespace executor::test {
namespace {

BOOST_AUTO_TEST_SUITE(like_python)

// paths and names

BOOST_AUTO_TEST_CASE(mnt_data_is_the_working_directory) {
  check_prints_in_both_dialects(
      "import os\nopen('/mnt/data/a.csv', 'w').write('x')\n"
      "print(open('a.csv').read(), os.listdir('/mnt/data'), os.path.realpath('/mnt/data') == "
      "os.getcwd())",
      "x ['a.csv'] True\n");
}

BOOST_AUTO_TEST_CASE(the_user_has_a_name) {
  check_prints_in_both_dialects(
      "import getpass, os\nprint(getpass.getuser(), os.environ['USER'], os.environ['LOGNAME'])",
      "sandbox sandbox sandbox\n");
}

BOOST_AUTO_TEST_CASE(ctypes_finds_a_library) {
  check_prints_in_both_dialects("import ctypes.util\nprint(ctypes.util.find_library('m'))",
                                "libm.so.6\n");
}

// More callbacks than fit on a page, while files have taken the descriptors that a library may have
// had.
BOOST_AUTO_TEST_CASE(ctypes_makes_as_many_callbacks_as_a_script_likes) {
  check_prints_in_both_dialects(R"py(
import ctypes
files = [open(f'{i}.txt', 'w+') for i in range(40)]
Function = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)
functions = [Function(lambda x, i=i: x + i) for i in range(3000)]
print(sum(function(1) for function in functions))
)py",
                                "4501500\n");
}

BOOST_AUTO_TEST_CASE(old_names_of_time_zones_work_where_the_machine_has_them) {
  const auto* const program = R"py(
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError
from datetime import datetime
for name in ('US/Eastern', 'Asia/Calcutta', 'EST', 'US/Pacific'):
    try:
        print(datetime(2026, 7, 1, tzinfo=ZoneInfo(name)).utcoffset())
    except ZoneInfoNotFoundError:
        print(name, 'is missing')
)py";
  check_prints_in_both_dialects(program, printed_outside(program));
}

// memory

BOOST_AUTO_TEST_CASE(shared_memory_without_a_name_is_shared_with_children) {
  check_prints_in_both_dialects(R"py(
import mmap, os, subprocess, sys
block = mmap.mmap(-1, 8192)
if os.fork() == 0:
    block[4096:4101] = b'child'
    os._exit(0)
os.wait()
file = os.memfd_create('numbers')
os.set_inheritable(file, True)
command = [sys.executable, '-c', f'import os; print(os.write({file}, b"written"))']
wrote = subprocess.run(command, pass_fds=[file], capture_output=True, text=True).stdout
print(block[4096:4101], block[0], wrote.strip(), os.pread(file, 9, 0))
)py",
                                "b'child' 0 7 b'written'\n");
}

// locks

BOOST_AUTO_TEST_CASE(flock_excludes_on_the_runs_own_files) {
  check_prints_in_both_dialects(R"py(
import fcntl, os
first, second = open('lock', 'w'), open('lock', 'w')
def is_free(file, kind):
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(file, fcntl.LOCK_UN)
    return True
fcntl.flock(first, fcntl.LOCK_EX)
print(is_free(second, fcntl.LOCK_EX), is_free(second, fcntl.LOCK_SH))
child = os.fork()
if child == 0:
    os._exit(is_free(open('lock'), fcntl.LOCK_SH))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
fcntl.flock(first, fcntl.LOCK_UN)
print(is_free(second, fcntl.LOCK_EX))
readers = [open('lock') for _ in range(2)]
for reader in readers:
    fcntl.flock(reader, fcntl.LOCK_SH | fcntl.LOCK_NB)
print(is_free(second, fcntl.LOCK_EX))
for reader in readers:
    reader.close()
print(is_free(second, fcntl.LOCK_EX))
)py",
                                "False False\n0\nTrue\nFalse\nTrue\n");
}

BOOST_AUTO_TEST_CASE(flock_is_shared_by_those_who_only_write_and_can_be_lowered) {
  const auto* const program = R"py(
import fcntl
EX, SH, UN, NB = fcntl.LOCK_EX, fcntl.LOCK_SH, fcntl.LOCK_UN, fcntl.LOCK_NB
files = [open('lock', mode) for mode in ('w', 'a', 'r', 'r+', 'w')]
def attempt(file, kind):
    try:
        fcntl.flock(file, kind | NB)
        return True
    except BlockingIOError:
        return False
print([attempt(file, SH) for file in files], [attempt(file, SH) for file in files])
print([attempt(file, EX) for file in files if file.mode != 'r'])
for file in files[1:]:
    fcntl.flock(file, UN)
print(attempt(files[0], EX), [attempt(file, SH) for file in files])
print(attempt(files[0], SH), [attempt(file, SH) for file in files])
for file in files:
    file.close()
print(attempt(open('lock', 'a'), EX))
)py";
  check_prints_in_both_dialects(program, printed_outside(program));
}

BOOST_AUTO_TEST_CASE(flock_and_the_locks_of_fcntl_are_independent) {
  const auto* const program = R"py(
import fcntl, os
first, second = open('lock', 'w+'), open('lock', 'r+')
for kind in (fcntl.LOCK_EX, fcntl.LOCK_SH):
    fcntl.flock(first, kind)
    fcntl.lockf(first, kind)
    fcntl.lockf(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
fcntl.lockf(first, fcntl.LOCK_EX)
child = os.fork()
if child == 0:
    try:
        fcntl.lockf(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os._exit(7)
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
fcntl.lockf(first, fcntl.LOCK_UN)
fcntl.flock(second, fcntl.LOCK_SH | fcntl.LOCK_NB)
print('done')
)py";
  check_prints_in_both_dialects(program, printed_outside(program));
}

BOOST_AUTO_TEST_CASE(shelves_and_databases_with_locks_work) {
  check_prints_in_both_dialects(R"py(
import os, shelve, sqlite3
for _ in range(2):
    with shelve.open('s') as shelf:
        shelf['a'] = shelf.get('a', 0) + 1
        print(shelf['a'])
first, second = (sqlite3.connect('d', timeout=0, isolation_level=None) for _ in range(2))
first.execute('create table t (x)')
first.execute('begin exclusive')
try:
    second.execute('insert into t values (1)')
except sqlite3.OperationalError as error:
    print(error)
first.execute('commit')
print(second.execute('insert into t values (1)').rowcount)
)py",
                                "1\n2\ndatabase is locked\n1\n");
}

// processes

BOOST_AUTO_TEST_CASE(a_child_with_a_session_of_its_own_can_be_killed_with_its_group) {
  check_prints_in_both_dialects(R"py(
import os, signal, subprocess
for options in ({'start_new_session': True}, {'preexec_fn': os.setsid}, {'process_group': 0}):
    child = subprocess.Popen(['sleep', '60'], **options)
    print(os.getpgid(child.pid) == child.pid, os.getpgrp() != child.pid)
    os.killpg(child.pid, signal.SIGKILL)
    print(child.wait())
)py",
                                "True True\n-9\nTrue True\n-9\nTrue True\n-9\n");
}

BOOST_AUTO_TEST_CASE(a_signal_to_the_own_group_is_none_to_others) {
  check_prints_in_both_dialects(R"py(
import os, signal, subprocess
other = subprocess.Popen(['sleep', '60'], start_new_session=True)
same = subprocess.Popen(['sleep', '60'])
seen = []
signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))
os.killpg(os.getpgrp(), signal.SIGTERM)
print(same.wait(), seen, other.poll())
other.kill()
)py",
                                "-15 [15] None\n");
}

BOOST_AUTO_TEST_CASE(a_library_for_https_fails_as_without_a_network) {
  check_prints_in_both_dialects(R"py(
import importlib.util, ssl
ssl.create_default_context(cafile='/etc/ssl/certs/ca-certificates.crt')
if importlib.util.find_spec('requests'):
    import requests
    try:
        requests.get('https://example.com', timeout=5)
    except requests.exceptions.ConnectionError:
        pass
print('handled')
)py",
                                "handled\n");
}

// endings

BOOST_AUTO_TEST_CASE(what_runs_at_exit_has_nothing_below_it_on_the_stack) {
  for (const char* program :
       {"import atexit, sys, traceback\n"
        "atexit.register(lambda: traceback.print_stack(file=sys.stdout))\nprint('a')",
        "import atexit, sys\natexit.register(sys.exit, 5)\nsys.stderr = sys.stdout",
        "import os, signal, sys, threading, time\nsys.stderr = sys.stdout\n"
        "def late(*_): raise TimeoutError('late')\nsignal.signal(signal.SIGALRM, late)\n"
        "def stay():\n  time.sleep(0.2)\n  print('thread')\n"
        "threading.Thread(target=stay).start()\nsignal.setitimer(signal.ITIMER_REAL, 0.1)",
        "import atexit, sys\natexit.register(lambda: print('exit', file=sys.stderr))\n"
        "sys.stderr = sys.stdout\n1/0"}) {
    const Answer answer = run_program(program);
    // There the script is named with its directory.
    const std::string outside = std::regex_replace(
        printed_outside(program), std::regex("\"/\\S*/script.py\""), "\"script.py\"");
    BOOST_TEST(answer.output() == outside, answer.response.body);
    BOOST_TEST(!answer.has("stderr"), answer.response.body);
  }
}

BOOST_AUTO_TEST_CASE(a_traceback_comes_before_what_exit_functions_print) {
  const Answer answer =
      run_program("import sys, atexit\natexit.register(lambda: print('ae', file=sys.stderr))\n1/0");
  BOOST_TEST(answer.error() == "ZeroDivisionError: division by zero");
  BOOST_TEST(answer.err().ends_with("ZeroDivisionError: division by zero\nae\n"), answer.err());
}

BOOST_AUTO_TEST_CASE(a_last_value_has_nothing_below_it_on_the_stack) {
  const boost::json::object body{{"code",
                                  "import traceback\nclass C:\n  def __repr__(self): return "
                                  "str(len(traceback.extract_stack()))\nC()"},
                                 {"last_value", true}};
  BOOST_TEST(post_body(boost::json::serialize(body)).text("last_value") == "1");
}

// modules

BOOST_AUTO_TEST_CASE(a_module_that_was_sent_is_found_after_chdir) {
  const boost::json::object body{
      {"code", "import os\nos.chdir('/tmp')\nimport helper\nprint(helper.x)"},
      {"files", {{"helper.py", "x = 1"}}}};
  BOOST_TEST(post_body(boost::json::serialize(body)).output() == "1\n");
}

// limits

BOOST_AUTO_TEST_CASE(limits_above_those_that_hold_are_lowered_to_them) {
  check_prints_in_both_dialects(R"py(
import resource as r
for name in 'AS DATA STACK NPROC FSIZE NOFILE CPU CORE'.split():
    limit = getattr(r, 'RLIMIT_' + name)
    before = r.getrlimit(limit)
    r.setrlimit(limit, (1 << 50, r.RLIM_INFINITY))
    after = r.getrlimit(limit)
    assert name == 'STACK' or after[1] == before[1], name
    assert name == 'STACK' or after[0] == before[0], name
    r.prlimit(0, limit, (r.RLIM_INFINITY, r.RLIM_INFINITY))
    assert r.getrlimit(limit)[1] == after[1], name
r.setrlimit(r.RLIMIT_NOFILE, (20, 30))
print(r.getrlimit(r.RLIMIT_NOFILE))
r.setrlimit(r.RLIMIT_NOFILE, (25, 4000))
print(r.getrlimit(r.RLIMIT_NOFILE))
try:
    r.setrlimit(r.RLIMIT_NOFILE, (30, 20))
except ValueError as error:
    print(error)
)py",
                                "(20, 30)\n(25, 30)\ncurrent limit exceeds maximum limit\n");
}

BOOST_AUTO_TEST_CASE(a_graders_guard_does_not_fail) {
  check_returns(R"py(
import resource
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
import builtins, os, shutil, subprocess, sys
for n in 'kill system remove fork killpg rename unlink chmod getcwd chdir'.split(): setattr(os, n, None)
builtins.exit = builtins.quit = None; subprocess.Popen = None; shutil.rmtree = None
for m in ('joblib', 'psutil', 'tkinter'): sys.modules[m] = None
def main(): return sorted([2, 1])
)py",
                "[1, 2]");
}

BOOST_AUTO_TEST_CASE(deep_recursion_in_a_thread_with_a_large_stack_works) {
  // More than there is memory for, too: 512 MB are the limit.
  for (const char* megabytes : {"256", "512", "1024"}) {
    check_returns("STACK = " + std::string(megabytes) + R"py( << 20
import resource as r, sys, threading
def main():
    r.setrlimit(r.RLIMIT_STACK, (r.RLIM_INFINITY,) * 2)
    sys.setrecursionlimit(10 ** 6); threading.stack_size(STACK)
    out = []
    def f(n): return 0 if n == 0 else 1 + f(n - 1)
    t = threading.Thread(target=lambda: out.append(f(50000))); t.start(); t.join()
    return out
)py",
                  "[50000]");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor::test
