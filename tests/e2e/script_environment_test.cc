// What a script finds of Python: the first half of the contract's last section.

#include <string>

#include "support/boost_test.h"
#include "support/execute.h"

namespace executor::test {
namespace {

BOOST_AUTO_TEST_SUITE(script_environment)

// Python and its environment

BOOST_AUTO_TEST_CASE(python_is_3_11_or_newer) {
  check_returns("import sys\ndef main():\n    return sys.version_info >= (3, 11)", "true");
}

BOOST_AUTO_TEST_CASE(the_environment_is_the_documented_variables_and_nothing_else) {
  const auto* const script = R"py(
import os, sys
SPAWN = {'_PYTHON_SUBPROCESS_USE_POSIX_SPAWN'} if sys.version_info >= (3, 13) else set()
THREADS = ('OMP', 'OPENBLAS', 'MKL', 'BLIS', 'GOTO', 'NUMEXPR', 'NUMBA', 'VECLIB', 'POLARS')
def main():
    numeric = {name for name in os.environ if name.startswith(THREADS) and name.endswith('_THREADS')}
    return {
        'names': sorted(set(os.environ) - numeric - SPAWN), 'LANG': os.environ['LANG'],
        'threads': sorted({os.environ[name] for name in numeric}),
    }
)py";
  check_returns(script, R"({"names": ["HOME", "LANG", "LOGNAME", "PATH", "TMPDIR", "USER"],
                            "LANG": "C.UTF-8", "threads": ["1"]})");
}

BOOST_AUTO_TEST_CASE(c_code_finds_the_same_environment) {
  const auto* const script = R"py(
import ctypes, os
def main():
    environ = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), 'environ')
    found = set()
    i = 0
    while environ[i] is not None:
        found.add(environ[i].decode().split('=', 1)[0])
        i += 1
    return found == set(os.environ)
)py";
  check_returns(script, "true");
}

BOOST_AUTO_TEST_CASE(text_is_utf8_everywhere) {
  const auto* const script = R"py(
import locale, sys
def main():
    return [sys.getfilesystemencoding(), sys.stdout.encoding, locale.getpreferredencoding(False).lower()]
)py";
  check_returns(script, R"(["utf-8", "utf-8", "utf-8"])");
}

BOOST_AUTO_TEST_CASE(a_main_guard_does_not_run_in_the_function_dialect) {
  const Answer answer =
      execute("def main():\n    return __name__\nif __name__ == '__main__':\n    print(main())");
  BOOST_TEST(answer.result() == "script");
  BOOST_TEST(answer.out() == "");
}

BOOST_AUTO_TEST_CASE(the_script_is_a_module_in_sys_modules) {
  check_returns("import sys\ndef main():\n    return sys.modules[__name__].__dict__ is globals()",
                "true");
}

BOOST_AUTO_TEST_CASE(the_program_is_the_module_main) {
  BOOST_TEST(run_program("import sys, __main__\nprint(__name__, __main__.__dict__ is globals())")
                 .output() == "__main__ True\n");
}

BOOST_AUTO_TEST_CASE(names_of_the_script_can_be_pickled) {
  const auto* const script = R"py(
import pickle
class Point:
    def __init__(self, x): self.x = x
def main():
    return pickle.loads(pickle.dumps(Point(3))).x
)py";
  check_returns(script, "3");
}

BOOST_AUTO_TEST_CASE(dataclasses_work_with_annotations_of_the_future) {
  const auto* const script = R"py(
from __future__ import annotations
import dataclasses, typing
@dataclasses.dataclass
class Node:
    value: int
    kind: typing.ClassVar[str] = 'node'
    next: Node | None = None
def main():
    return dataclasses.asdict(Node(1, Node(2)))
)py";
  check_returns(script, R"({"value": 1, "next": {"value": 2, "next": null}})");
}

BOOST_AUTO_TEST_CASE(type_hints_are_resolved_in_the_script) {
  const auto* const script = R"py(
import typing
class Own: pass
def f(x: 'Own', y: 'list[Own]') -> 'int': ...
def main():
    hints = typing.get_type_hints(f)
    return [hints['x'] is Own, hints['y'] == list[Own], hints['return'] is int]
)py";
  check_returns(script, "[true, true, true]");
}

BOOST_AUTO_TEST_CASE(inspect_finds_the_source) {
  const auto* const script =
      "import inspect\ndef helper():\n    return 'x'  # as written\ndef main():\n"
      "    return [inspect.getsource(helper), inspect.getsource(main).startswith('def main')]";
  check_returns(script, R"(["def helper():\n    return 'x'  # as written\n", true])");
}

BOOST_AUTO_TEST_CASE(tracebacks_that_the_script_formats_itself_have_its_source_lines) {
  const auto* const script = R"py(
import traceback
def main():
    try:
        1 / 0  # here
    except ZeroDivisionError:
        return '1 / 0  # here' in traceback.format_exc()
)py";
  check_returns(script, "true");
}

// processes and threads

BOOST_AUTO_TEST_CASE(a_pool_of_processes_runs_functions_of_the_script) {
  const auto* const script = R"py(
import multiprocessing
def square(x):
    return x * x
def main():
    with multiprocessing.Pool(2) as pool:
        return pool.map(square, range(5))
)py";
  check_returns(script, "[0, 1, 4, 9, 16]");
}

BOOST_AUTO_TEST_CASE(queues_locks_and_executors_of_multiprocessing_work) {
  const auto* const script = R"py(
import concurrent.futures, multiprocessing
from multiprocessing import shared_memory
def produce(queue, lock, value):
    with lock:
        value.value += 1
    queue.put('made')
def double(x):
    return 2 * x
def main():
    queue, lock, value = multiprocessing.Queue(), multiprocessing.Lock(), multiprocessing.Value('i', 0)
    process = multiprocessing.Process(target=produce, args=(queue, lock, value))
    process.start()
    made = queue.get(timeout=20)
    process.join(20)
    with concurrent.futures.ProcessPoolExecutor(2) as executor:
        doubled = list(executor.map(double, [1, 2]))
    memory = shared_memory.SharedMemory(create=True, size=4096)
    memory.buf[0] = 9
    byte = memory.buf[0]
    memory.close()
    memory.unlink()
    return [made, value.value, process.exitcode, doubled, byte]
)py";
  check_returns(script, R"(["made", 1, 0, [2, 4], 9])");
}

BOOST_AUTO_TEST_CASE(threads_work) {
  const auto* const script = R"py(
import concurrent.futures, threading
def main():
    seen = []
    threads = [threading.Thread(target=seen.append, args=(i,)) for i in range(8)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    with concurrent.futures.ThreadPoolExecutor(4) as executor:
        return [sorted(seen), list(executor.map(abs, [-1, -2]))]
)py";
  check_returns(script, "[[0, 1, 2, 3, 4, 5, 6, 7], [1, 2]]");
}

BOOST_AUTO_TEST_CASE(asyncio_works_from_a_plain_main_and_with_subprocesses) {
  const auto* const script = R"py(
import asyncio
async def child():
    process = await asyncio.create_subprocess_exec('echo', 'hi', stdout=asyncio.subprocess.PIPE)
    return (await process.communicate())[0].decode()
async def both():
    return await asyncio.gather(asyncio.to_thread(lambda: 1), child())
def main():
    return asyncio.run(both())
)py";
  check_returns(script, R"([1, "hi\n"])");
}

BOOST_AUTO_TEST_CASE(subprocesses_of_python_work) {
  const auto* const script = R"py(
import subprocess, sys
def main():
    def ask(python):
        return subprocess.run([python, '-c', 'import json, sys; print(sys.version_info[:2])'],
                              capture_output=True, text=True, check=True).stdout
    return [ask(sys.executable) == ask('python3') == f'{sys.version_info[:2]}\n']
)py";
  check_returns(script, "[true]");
}

BOOST_AUTO_TEST_CASE(subprocesses_of_python_find_numpy) {
  const auto* const script = R"py(
import subprocess, sys
def main():
    return subprocess.run([sys.executable, '-c', 'import numpy; print(numpy.arange(3).sum())'],
                          capture_output=True, text=True, check=True).stdout
)py";
  check_returns(script, R"("3\n")");
}

BOOST_AUTO_TEST_CASE(subprocesses_of_the_shell_work) {
  const auto* const script = R"py(
import os, subprocess
def main():
    shell = subprocess.run('echo $((6 * 7)) | tr 2 3', shell=True, capture_output=True, text=True)
    return [shell.stdout, os.system('exit 3') >> 8, os.popen('echo popen').read()]
)py";
  check_returns(script, R"(["43\n", 3, "popen\n"])");
}

// libraries

BOOST_AUTO_TEST_CASE(numpy_and_pandas_are_imported_already) {
  const auto* const script = R"py(
import sys
before = ['numpy' in sys.modules, 'pandas' in sys.modules]
import numpy, pandas
def main():
    return before
)py";
  check_returns(script, "[true, true]");
}

BOOST_AUTO_TEST_CASE(numpy_and_pandas_compute) {
  const auto* const script = R"py(
import numpy as np
import pandas as pd
def main():
    frame = pd.DataFrame({'k': list('aab'), 'v': [1.0, 2.0, 4.0]})
    return [frame.groupby('k').v.sum().to_dict(), int(np.linalg.matrix_power(np.array([[1, 1], [1, 0]]), 10)[0, 1]),
            pd.read_csv(__import__('io').StringIO('x,y\n1,2\n')).to_dict('records')]
)py";
  check_returns(script, R"([{"a": 3.0, "b": 4.0}, 55, [{"x": 1, "y": 2}]])");
}

BOOST_AUTO_TEST_CASE(the_standard_library_can_be_imported) {
  const auto* const script = R"py(
import importlib.util, sys
# What opens a browser, prints a poem or needs a display.
SKIPPED = {'antigravity', 'this', 'idlelib', 'tkinter', 'turtle', 'turtledemo', '__main__'}
def main():
    done, failed = 0, {}
    for name in sorted(sys.stdlib_module_names - SKIPPED):
        if name.startswith('_') or importlib.util.find_spec(name) is None:
            continue
        try:
            __import__(name)
            done += 1
        except BaseException as error:
            failed[name] = repr(error)
    return {'enough': done > 180, 'failed': failed}
)py";
  check_returns(script, R"({"enough": true, "failed": {}})");
}

BOOST_AUTO_TEST_CASE(sqlite3_works_in_memory_and_on_a_file) {
  const auto* const script = R"py(
import sqlite3
def main():
    rows = []
    for place in (':memory:', 'data.db'):
        with sqlite3.connect(place) as db:
            db.execute('create table t (x)')
            db.executemany('insert into t values (?)', [(1,), (2,)])
            rows.append(db.execute('select sum(x) from t').fetchone()[0])
    return rows
)py";
  check_returns(script, "[3, 3]");
}

BOOST_AUTO_TEST_CASE(zoneinfo_knows_the_zones) {
  const auto* const script = R"py(
import datetime, zoneinfo
def main():
    noon = datetime.datetime(2024, 7, 1, 12, tzinfo=datetime.timezone.utc)
    return noon.astimezone(zoneinfo.ZoneInfo('Europe/Berlin')).isoformat()
)py";
  check_returns(script, R"("2024-07-01T14:00:00+02:00")");
}

BOOST_AUTO_TEST_CASE(exit_and_quit_are_there) {
  BOOST_TEST(run_program("print('x')\nexit()").error() == "(not a string)");
  BOOST_TEST(run_program("quit(3)").error() == "Script exited with status 3");
}

BOOST_AUTO_TEST_CASE(stdin_is_at_its_end) {
  const auto* const script = R"py(
import os, subprocess, sys
def main():
    try:
        input()
    except EOFError:
        eof = True
    return [eof, sys.stdin.read(), os.read(0, 1) == b'', subprocess.run('cat').returncode]
)py";
  check_returns(script, R"([true, "", true, 0])");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor::test
