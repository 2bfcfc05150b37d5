// The script is the main module, there is nothing below it on the stack, and its hooks are called.
#include <string>

#include "support/both_dialects.h"

namespace executor::test {
namespace {

BOOST_AUTO_TEST_SUITE(real_main)

// new interpreters

BOOST_AUTO_TEST_CASE(processes_that_are_started_afresh_run_functions_of_a_program) {
  const Answer answer = run_program(R"py(# -*- coding: latin-1 -*-
import multiprocessing, os
from concurrent.futures import ProcessPoolExecutor
class Point:
    def __init__(self, x): self.x = x
def square(point):
    return Point(point.x ** 2)
if __name__ == '__main__':
    print('é', os.listdir('.'))
    for method in ('spawn', 'forkserver'):
        context = multiprocessing.get_context(method)
        with context.Pool(2) as pool:
            print([point.x for point in pool.map(square, map(Point, (1, 2, 3)))])
        with ProcessPoolExecutor(2, mp_context=context) as executor:
            print([point.x for point in executor.map(square, map(Point, (1, 2, 3)))])
    print(os.listdir('.'))
)py",
                                    25);
  BOOST_TEST(answer.output() == "\u00e9 []\n" + std::string("[1, 4, 9]\n[1, 4, 9]\n") +
                                    "[1, 4, 9]\n[1, 4, 9]\n[]\n",
             answer.response.body);
}

BOOST_AUTO_TEST_CASE(processes_that_are_started_afresh_run_functions_of_a_script) {
  const Answer answer = execute(R"py(
import multiprocessing, os
from concurrent.futures import ProcessPoolExecutor
def square(x):
    return x ** 2
def fail(x):
    raise ValueError(x)
def main():
    found = []
    for method in ('spawn', 'forkserver'):
        context = multiprocessing.get_context(method)
        with ProcessPoolExecutor(2, mp_context=context) as executor:
            found.append(list(executor.map(square, (1, 2, 3))))
            error = executor.submit(fail, 1).exception()
            found.append('raise ValueError(x)' in str(error.__cause__))
    return [found, os.listdir('.')]
)py",
                                25);
  BOOST_TEST(answer.result() == json("[[[1, 4, 9], true, [1, 4, 9], true], []]"),
             answer.response.body);
}

BOOST_AUTO_TEST_CASE(processes_that_are_started_afresh_use_what_they_are_handed) {
  const std::string definitions = R"py(
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import shared_memory

def count(lock, value, queue, name):
    block = shared_memory.SharedMemory(name)
    with lock:
        value.value += 1
        block.buf[value.value] = 7
        queue.put(value.value)
    block.close()

def double(x):
    return 2 * x

def found(method):
    context = multiprocessing.get_context(method)
    lock, value, queue = context.Lock(), context.Value('i', 0), context.Queue()
    block = shared_memory.SharedMemory(create=True, size=8)
    given = (lock, value, queue, block.name)
    processes = [context.Process(target=count, args=given) for _ in range(2)]
    for process in processes:
        process.start()
    numbers = sorted(queue.get() for _ in processes)
    for process in processes:
        process.join()
    seen = list(block.buf[:3])
    block.close()
    block.unlink()
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        return [numbers, seen, list(executor.map(double, range(3)))]
)py";
  const std::string found = "[[1, 2], [0, 7, 7], [0, 2, 4]]";
  const std::string both = "[found(method) for method in ('spawn', 'forkserver')]";
  const Answer script = execute(definitions + "def main():\n    return " + both, 25);
  BOOST_TEST(script.result() == json("[" + found + ", " + found + "]"), script.response.body);
  const Answer program =
      run_program(definitions + "if __name__ == '__main__':\n    print(" + both + ")", 25);
  BOOST_TEST(program.output() == "[" + found + ", " + found + "]\n", program.response.body);
}

// the main module

BOOST_AUTO_TEST_CASE(libraries_find_the_script_as_the_main_module) {
  const std::string script = R"py(
import cProfile, contextlib, doctest, inspect, io, pickle, runpy, sys, timeit, unittest
class Point:
    pass
def one():
    '''
    >>> one()
    1
    '''
    return 1
class OneTest(unittest.TestCase):
    def test_one(self):
        self.assertEqual(one(), 1)
def main():
    import __main__
    with contextlib.redirect_stdout(io.StringIO()) as profile:
        cProfile.run('one()')
    with contextlib.redirect_stderr(io.StringIO()):
        tested = unittest.main(exit=False).result
    return [__main__.one is one, sys.modules[one.__module__] is __main__,
            timeit.timeit('one()', 'from __main__ import one', number=3) >= 0,
            list(doctest.testmod()), 'script.py' in profile.getvalue(), tested.testsRun,
            len(tested.failures), type(pickle.loads(pickle.dumps(Point()))) is Point,
            inspect.getsource(Point)]
)py";
  const std::string expected =
      R"([true, true, true, [0, 1], true, 1, 0, true, "class Point:\n    pass\n"])";
  check_returns(script, expected);
  const Answer answer = run_program(script + "import json\nprint(json.dumps(main()))");
  BOOST_TEST(answer.output() == expected + "\n", answer.response.body);
}

BOOST_AUTO_TEST_CASE(runpy_runs_the_script_as_a_module) {
  check_returns("import runpy\ndef main():\n    return runpy.run_module('script')['__name__']\n",
                R"("script")");
}

// the stack

BOOST_AUTO_TEST_CASE(there_is_no_frame_below_the_scripts) {
  const std::string script = R"py(
import inspect, io, logging, sys, traceback, warnings
seen = [sys._getframe().f_back is None]
def main():
    stack = io.StringIO()
    traceback.print_stack(file=stack)
    logged = io.StringIO()
    logging.basicConfig(stream=logged, force=True)
    logging.warning('x', stack_info=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        warnings.warn('m', stacklevel=9)
    def depth(n):
        try:
            return depth(n + 1)
        except RecursionError:
            return n
    return [seen, sys._getframe().f_back is None, [frame.function for frame in inspect.stack()],
            stack.getvalue().count('File'), logged.getvalue().count('File'), caught[0].filename.strip('<>'),
            depth(0) > 990]
)py";
  check_returns(script, R"([[true], true, ["main"], 1, 1, "sys", true])");
  const Answer answer = run_program(R"py(
import inspect, sys, traceback
print(sys._getframe().f_back, [frame.function for frame in inspect.stack()])
print(traceback.format_stack())
)py");
  BOOST_TEST(answer.output() ==
             "None ['<module>']\n['  File \"script.py\", line 4, in <module>\\n    "
             "print(traceback.format_stack())\\n']\n");
}

BOOST_AUTO_TEST_CASE(a_trace_function_sees_the_scripts_calls_alone) {
  const Answer answer = execute(R"py(
import sys
calls = []
def trace(frame, event, argument):
    calls.append(frame.f_code.co_filename)
def main():
    return [1.5, {'a': None}]
sys.settrace(trace)
import atexit
atexit.register(lambda: print(calls))
)py");
  BOOST_TEST(answer.result() == json(R"([1.5, {"a": null}])"));
  const Answer seen = execute(R"py(
import os, sys
def trace(frame, event, argument):
    os.write(1, frame.f_code.co_filename.encode() + b' ' + frame.f_code.co_name.encode() + b'\n')
async def main():
    return 1
def main():
    return 1
sys.settrace(trace)
)py");
  BOOST_TEST(seen.out() == "script.py main\n");
}

// hooks

BOOST_AUTO_TEST_CASE(an_excepthook_is_called_as_python_calls_it) {
  const std::string hook = R"py(
import sys
def hook(kind, value, trace):
    print('seen', kind.__name__, value, trace.tb_frame.f_code.co_name, sys._getframe().f_back)
sys.excepthook = hook
)py";
  const Answer program = run_program(hook + "1 / 0");
  BOOST_TEST(program.output() == "seen ZeroDivisionError division by zero <module> None\n");
  BOOST_TEST(program.error() == "ZeroDivisionError: division by zero");
  BOOST_TEST(!program.has("stderr"), program.response.body);
  const Answer script = execute(hook + "def main():\n    1 / 0\n");
  check_ended(script, 400, "exception", "ZeroDivisionError: division by zero");
  BOOST_TEST(script.out() == "seen ZeroDivisionError division by zero main None\n");
  BOOST_TEST(script.err() == "");
  const Answer exit = run_program(hook + "sys.exit(3)");
  BOOST_TEST(exit.error() == "Script exited with status 3");
  BOOST_TEST(exit.output() == "");
}

BOOST_AUTO_TEST_CASE(an_excepthook_that_fails_is_shown_with_the_error) {
  const Answer answer = run_program("import sys\nsys.excepthook = lambda *arguments: [][1]\n1 / 0");
  BOOST_TEST(answer.error() == "ZeroDivisionError: division by zero");
  const std::string err = answer.err();
  BOOST_TEST(err.starts_with("Error in sys.excepthook:\nTraceback"), err);
  BOOST_TEST(err.find("IndexError") < err.find("Original exception was:\nTraceback"), err);
  BOOST_TEST(err.ends_with("ZeroDivisionError: division by zero\n"), err);
}

BOOST_AUTO_TEST_CASE(the_hooks_of_threads_and_of_unraisable_exceptions_are_called) {
  check_prints_in_both_dialects(R"py(
import sys, threading
threading.excepthook = lambda arguments: print('thread', arguments.exc_type.__name__)
sys.unraisablehook = lambda arguments: print('unraisable', arguments.exc_type.__name__)
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
class Gone:
    def __del__(self): [][1]
Gone()
)py",
                                "thread ZeroDivisionError\nunraisable IndexError\n");
}

// what was remembered before the run

BOOST_AUTO_TEST_CASE(times_and_places_begin_with_the_run) {
  check_prints_in_both_dialects(R"py(
import io, logging, multiprocessing.process, os, resource, tempfile, threading, time
text = io.StringIO()
logging.basicConfig(stream=text, format='%(relativeCreated)d %(process)d', force=True)
logging.warning('x')
created, process = map(int, text.getvalue().split())
print(created < 20_000, process == os.getpid())
print(time.process_time() < 1, sum(os.times()[:2]) < 1, resource.getrusage(0).ru_utime < 1)
print(multiprocessing.process.ORIGINAL_DIR == os.getcwd())
print(tempfile.gettempdir() == os.environ['TMPDIR'])
print(threading.main_thread().native_id == threading.get_native_id())
print(multiprocessing.process.current_process().pid == os.getpid(), multiprocessing.parent_process())
)py",
                                "True True\nTrue True True\nTrue\nTrue\nTrue\nTrue None\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor::test
