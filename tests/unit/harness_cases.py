"""The harness in a plain interpreter: every way in which a script can end, and can try to lie.

A standalone program for Python 3.11 (`/usr/bin/python3 tests/unit/harness_cases.py`); standard
library only, numpy and pandas where they are installed. Each case runs in a fork of this process,
as a worker is a clone of the zygote.
"""

import ast
import gc
import importlib.util
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

ROOM = Path(__file__).resolve().parents[2] / "src" / "runner"
PARTS = ("result", "report", "script", "images", "random")
MODULES = (*(f"_executor_{part}" for part in PARTS), "_executor_harness")
FILES = (*(f"harness_{part}.py" for part in PARTS), "harness.py")
LIMIT = 1 << 20


def load():
    """As the zygote does it: each is importable for the next, and none is left in sys.modules."""
    for name, file in zip(MODULES, FILES):
        spec = importlib.util.spec_from_file_location(name, ROOM / file)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return [sys.modules.pop(name) for name in MODULES][-1]


harness = load()
LIBRARIES = [name for name in ("numpy", "pandas") if importlib.util.find_spec(name)]
harness.preload(["random", "multiprocessing", *LIBRARIES])
harness.warm_up()
numeric = unittest.skipUnless(len(LIBRARIES) == 2, "needs numpy and pandas")


class Run:
    """One script in a forked child: its claim, and what it wrote to descriptors 1 and 2."""

    def __init__(self, source, dialect=harness.FUNCTION, limit=LIMIT):
        data = source if isinstance(source, bytes) else source.encode()
        new_file, new_home = tempfile.TemporaryFile, tempfile.TemporaryDirectory
        with new_file() as out, new_file() as err, new_home() as home:
            answer, write_end = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.chdir(home)
                self._child(data, dialect, limit, out.fileno(), err.fileno(), write_end)
            os.close(write_end)
            with open(answer, "rb") as pipe:
                claim = pipe.read()
            self.wait_status = os.waitpid(pid, 0)[1]
            out.seek(0)
            err.seek(0)
            self.out, self.err = out.read().decode(), err.read().decode()
        if not claim:
            raise AssertionError(f"no claim; wait status {self.wait_status}, stderr {self.err}")
        self.kind, self.status, text, detail, _ = ast.literal_eval(claim.decode())
        self.text, self.detail = text.decode(), detail.decode()

    @staticmethod
    def _child(data, dialect, limit, out, err, write_end):
        # Bound now: the script may delete every builtin.
        as_text, encode, write, leave = repr, str.encode, os.write, os._exit
        os.dup2(out, 1)
        os.dup2(err, 2)
        sys.stdout = harness._own_streams[0]
        harness.fresh_process()
        claim = harness.execute(dialect, data, limit)
        write(write_end, encode(as_text(claim)))
        leave(0)


def program(source, **options):
    return Run(source, harness.PROGRAM, **options)


def returning(expression, before=""):
    return Run(f"{before}\ndef main():\n    return {expression}\n")


class Case(unittest.TestCase):
    maxDiff = None

    def assert_returned(self, run, text):
        self.assertEqual((run.kind, run.text, run.detail), (harness.RETURNED, text, ""))

    def assert_refused(self, run, text):
        prefix = "main() must return JSON-serializable data: "
        self.assertEqual((run.kind, run.text), (harness.INVALID_RESULT, prefix + text))

    def assert_exception(self, run, text):
        self.assertEqual((run.kind, run.text), (harness.EXCEPTION, text))


class Results(Case):
    def test_plain_values_are_laid_out_as_json_dumps_does(self):
        values = ["None", "True", "0", "-7", "1.5", "1e100", "'é\\n\"'", "[]", "{}", "(1, (2,))"]
        values += ["{'a': [1, {'b': None}]}", "{1: 2, None: 3, True: 4, 1.5: 6}", "10**4000"]
        for value in values:
            with self.subTest(value):
                expected = f"__import__('json').dumps({value}, ensure_ascii=False)"
                self.assert_returned(returning(value), eval(expected))

    def test_subclasses_of_plain_types_are_what_they_extend(self):
        before = (
            "import enum, collections\n"
            "class I(enum.IntEnum): A = 3\n"
            "class S(str):\n    def __str__(self): return 'no'\n"
            "P = collections.namedtuple('P', 'x y')\n"
        )
        run = returning("[I.A, S('s'), P(1, 2), collections.OrderedDict(a=1), {I.A: 1}]", before)
        self.assert_returned(run, '[3, "s", [1, 2], {"a": 1}, {"3": 1}]')

    def test_what_json_cannot_say_is_refused_with_its_place(self):
        cases = {
            "{'rows': [{1}]}": "result['rows'][0] is a set",
            "float('nan')": "result is NaN",
            "[float('inf')]": "result[0] is Infinity",
            "{'x': (-float('inf'),)}": "result['x'][0] is -Infinity",
            "b''": "result is a bytes object",
            "object()": "result is an object",
            "{(1, 2): 3}": "result has a key that is a tuple",
            "[{float('nan'): 3}]": "result[0] has a key that is NaN",
            "{'a': 10**5000}": "result['a'] is an integer of more than 4300 digits",
            "['ok', '\\ud800']": "result[1] is a string with a lone surrogate",
            "1j": "result is a complex",
            "main": "result is a function",
            "{'k' * 99: {1}}": f"result['{'k' * 37}...'] is a set",
            "{None: {True: {1.5: {7: {1}}}}}": "result[None][True][1.5][7] is a set",
        }
        for value, text in cases.items():
            with self.subTest(value):
                self.assert_refused(returning(value), text)

    def test_advice_names_the_method_to_call(self):
        before = "import datetime, decimal, uuid"
        cases = {
            "datetime.datetime(2024, 1, 1)": "a datetime: call .isoformat() on it",
            "datetime.timedelta(1)": "a timedelta: call .total_seconds() on it",
            "decimal.Decimal(1)": "a Decimal: call float() or str() on it",
            "uuid.uuid4()": "a UUID: call str() on it",
        }
        for value, text in cases.items():
            with self.subTest(value):
                self.assert_refused(returning(value, before), f"result is {text}")

    def test_a_circular_result_is_refused(self):
        run = Run("def main():\n    a = {}\n    a['a'] = [a]\n    return {'top': a}\n")
        self.assert_refused(run, "result['top'] contains itself")

    def test_a_shared_but_not_circular_value_is_fine(self):
        self.assert_returned(Run("def main():\n    a = [1]\n    return [a, a]\n"), "[[1], [1]]")

    def test_nesting_is_allowed_to_exactly_the_limit(self):
        nested = "a = 1\nfor _ in range({}):\n    a = [a]\ndef main():\n    return a\n"
        for depth in (190, 194, 195, 196, 199, 200):
            with self.subTest(depth):
                self.assert_returned(Run(nested.format(depth)), "[" * depth + "1" + "]" * depth)
        for depth in (201, 250, 900, 100000):
            with self.subTest(depth):
                refused = "result is nested deeper than 200 levels"
                self.assert_refused(Run(nested.format(depth)), refused)

    def test_a_result_over_its_limit_is_too_large(self):
        for value in ("'x' * 99", "['é' * 49]", "{'a': {'b': {'c': ['x'] * 30}}}", "'x' * 10**8"):
            with self.subTest(value):
                run = Run(f"def main():\n    return {value}\n", limit=100)
                self.assertEqual((run.kind, run.text), (harness.RESULT_TOO_LARGE, ""))
        self.assert_returned(Run("def main():\n    return 'x' * 98\n", limit=100), f'"{"x" * 98}"')

    def test_an_exception_from_a_method_of_the_result_is_the_scripts(self):
        before = "class D(dict):\n    def items(self):\n        raise KeyError('weird')\n"
        run = returning("[D(a=1)]", before)
        self.assert_exception(run, "KeyError: 'weird'")
        self.assertIn("in items\n    raise KeyError('weird')", run.detail)
        self.assertNotIn("harness", run.detail)

    @numeric
    def test_numpy_values_stand_for_json_values_anywhere(self):
        before = "import numpy as np"
        cases = {
            "np.int64(3)": "3",
            "[np.float64(1.5), np.float32(0.5), np.longdouble(2), np.bool_(True)]": None,
            "np.array(5)": "5",
            "np.arange(4).reshape(2, 2)": "[[0, 1], [2, 3]]",
            "{np.int64(1): np.array(['a']), np.float32(0.5): np.str_('s')}": None,
            "np.array([{'a': np.int8(1)}, None], dtype=object)": '[{"a": 1}, null]',
        }
        expected = ["[1.5, 0.5, 2.0, true]", '{"1": ["a"], "0.5": "s"}']
        for value, text in cases.items():
            with self.subTest(value):
                self.assert_returned(returning(value, before), text or expected.pop(0))

    @numeric
    def test_numpy_and_pandas_values_without_json_are_refused_with_advice(self):
        before = "import numpy as np, pandas as pd"
        cases = {
            "{'df': pd.DataFrame()}": "result['df'] is a DataFrame: call .to_dict() on it",
            "pd.Series([1])": "result is a Series: call .to_dict() on it",
            "[pd.Timestamp(0)]": "result[0] is a Timestamp: call .isoformat() on it",
            "pd.Index([1])": "result is an Int64Index: call .tolist() on it",
            "{pd.Timestamp(0): 1}": (
                "result has a key that is a Timestamp: call .isoformat() on it"
            ),
            "pd.NaT": "result is NaT",
            "np.array([1.0, np.nan])": "result[1] is NaN",
            "np.array([1j])": "result[0] is a complex",
            "np.datetime64('2024-01-01')": "result is a datetime64: call .astype(str) on it",
            "np.array(['2024'], 'M8[Y]')": (
                "result is an array of datetime64[Y]: call .astype(str) on it"
            ),
        }
        for value, text in cases.items():
            with self.subTest(value):
                self.assert_refused(returning(value, before), text)


class MissingMain(Case):
    def test_a_script_that_cannot_bind_main_does_not_run(self):
        scripts = ["", "x = 1", "def f():\n    main = 1", "class A:\n    main = 1", "main: int"]
        scripts += ["def f(main): pass", "del main", "if 0:\n    main = 1", "main()"]
        scripts += ["[main for main in ()]", "x = main.main", "f = lambda main: 1", "x.domain = 1"]
        # 300 other names first, so that indexes need EXTENDED_ARG.
        names = "\n".join(f"n{i} = 1" for i in range(300))
        scripts += [f"{names}\nmain\n", f"main\n{names}\n"]
        for script in scripts:
            with self.subTest(script[:40]):
                run = Run(f"print('ran')\n{script}")
                self.assertEqual((run.kind, run.out), (harness.MISSING_MAIN, ""))

    def test_whatever_may_bind_main_is_run(self):
        scripts = ["for main in (): pass", "import os as main", "class main: pass", "exec('')"]
        scripts += ["def f():\n    global main\n    main = 1", "main: int = 1", "from os import *"]
        scripts += ["try:\n    pass\nexcept OSError as main:\n    pass", "if (main := 0): pass"]
        scripts += ["[main := 0 for x in ()]", "import main.x", "async def main(): pass"]
        scripts += ["globals()", "import sys\nsys.modules", "import script\nscript.main = 3"]
        scripts += ["match 3:\n    case main: pass", "with open('/dev/null') as main: pass"]
        scripts += ["class A:\n    global main\n    main = 1", "from os import path as main"]
        names = "\n".join(f"n{i} = 1" for i in range(300))
        scripts += [f"{names}\nmain = 1", "\n".join(f"n{i} = 1" for i in range(255)) + "\nmain = 1"]
        for script in scripts:
            with self.subTest(script[-60:]):
                run = Run(f"print('ran')\n{script}")
                self.assertEqual(run.out, "ran\n")

    def test_a_main_that_is_gone_or_not_callable_is_reported_after_the_run(self):
        for script in ("main = 1", "def main(): pass\ndel main", "if print('ran'):\n    main = 1"):
            with self.subTest(script):
                self.assertEqual(Run(script).kind, harness.NO_CALLABLE_MAIN)

    def test_a_main_made_dynamically_is_called(self):
        self.assert_returned(Run("globals()['main'] = lambda: 5"), "5")
        self.assert_returned(Run("exec('def main(): return 6')"), "6")
        self.assert_returned(Run("class main(dict): pass"), "{}")


class Syntax(Case):
    def test_the_error_and_the_caret_report(self):
        cases = {
            "def main(:": ("SyntaxError: invalid syntax (line 1)", "             ^\n"),
            "x = 1\n  y = 2": ("IndentationError: unexpected indent (line 2)", "y = 2\n"),
            "if 1:\n\tx\n        y": (
                "TabError: inconsistent use of tabs and spaces in indentation (line 3)",
                "TabError",
            ),
            "\nreturn 3": ("SyntaxError: 'return' outside function (line 2)", "    return 3\n"),
            "f(a=1, 2": ("SyntaxError: '(' was never closed (line 1)", "^"),
            "a\nb\0": ("SyntaxError: source code cannot contain null bytes (line 2)", "null"),
            b"x\n\xff": ("SyntaxError: the script is not valid UTF-8 (line 2)", "UTF-8"),
            b"\xed\xa0\x80": ("SyntaxError: the script is not valid UTF-8 (line 1)", "UTF-8"),
        }
        for script, (text, detail) in cases.items():
            with self.subTest(script):
                run = Run(script)
                self.assertEqual((run.kind, run.text), (harness.SYNTAX_ERROR, text))
                self.assertIn(detail, run.detail)

    def test_the_report_is_what_python_prints(self):
        for script in ("def main(:\n  pass\n", "x = (1 +\n", "f(a b)\n", "if x\n  y\n", "y = = 1"):
            with self.subTest(script):
                self.assertEqual(Run(script).detail, printed_by_python(script))

    def test_a_byte_order_mark_is_dropped_and_a_cookie_means_nothing(self):
        self.assert_returned(Run("\ufeff# coding: latin-1\ndef main(): return 'é'"), '"é"')

    def test_any_line_ending_will_do(self):
        for end in ("\r\n", "\r", "\n"):
            self.assert_returned(Run(f"def main():{end}  return 1{end}"), "1")

    def test_a_megabyte_of_nesting_is_a_syntax_error(self):
        units = ["[", "(", "-", "not ", "a.", "f()(", "lambda:", "1 if 1 else ", "~", "1+", "{1:"]
        for unit in units:
            with self.subTest(unit):
                run = program(unit * ((1 << 20) // len(unit)) + "1")
                self.assertEqual(run.kind, harness.SYNTAX_ERROR)
                self.assertTrue(run.text.startswith("SyntaxError: "))
                self.assertLess(len(run.detail), 2000)


def printed_by_python(source):
    """What the real interpreter writes to stderr for the same script."""
    with tempfile.TemporaryDirectory() as home:
        Path(home, "script.py").write_text(source)
        command = [sys.executable, "-X", "utf8", "script.py"]
        done = subprocess.run(command, cwd=home, stderr=subprocess.PIPE, encoding="utf-8")
    return done.stderr.replace(f'"{home}/script.py"', '"script.py"')


class Exceptions(Case):
    def test_tracebacks_are_what_python_prints(self):
        scripts = [
            "def f():\n    return 1 / 0\n\nf()\n",
            "class E(Exception): pass\ntry:\n    [][1]\nexcept Exception as e: raise E from e\n",
            "try:\n    1 / 0\nfinally:\n    [][1]\n",
            "raise ExceptionGroup('g', [ValueError(1), ExceptionGroup('h', [TypeError()])])\n",
            "def f(n): return f(n + 1)\nf(0)\n",
            "compile('x x', 'f.py', 'exec')\n",
            "e = ValueError('two\\nlines')\ne.add_note('note')\nraise e\n",
            "import json\njson.loads('{')\n",
            "async def f():\n    raise OSError(2, 'no')\nimport asyncio\nasyncio.run(f())\n",
            "raise KeyboardInterrupt\n",
        ]
        for script in scripts:
            with self.subTest(script):
                run = program(script)
                self.assertEqual(run.kind, harness.EXCEPTION)
                expected = printed_by_python(script)
                if "f(0)" in script:  # the depth differs with the number of our own frames
                    import re

                    pattern = r"repeated \d+ more"
                    expected, run.detail = (re.sub(pattern, "", t) for t in (expected, run.detail))
                self.assertEqual(run.detail, expected)

    def test_main_and_the_module_level_are_treated_alike(self):
        for script in ("def main(): 1 / 0", "1 / 0\ndef main(): pass"):
            run = Run(script)
            self.assert_exception(run, "ZeroDivisionError: division by zero")
            self.assertIn('File "script.py", line 1', run.detail)
            self.assertNotIn(str(ROOM), run.detail)

    def test_a_class_of_the_script_is_shown_without_its_module(self):
        run = Run("class E(Exception): pass\ndef main(): raise E('x')")
        self.assert_exception(run, "E: x")
        self.assertTrue(run.detail.endswith("\nE: x\n"))

    def test_main_is_called_without_arguments(self):
        text = "TypeError: main() missing 1 required positional argument: 'a'"
        self.assert_exception(Run("def main(a): pass"), text)

    def test_system_exit_is_an_exception_in_the_function_dialect(self):
        self.assert_exception(Run("import sys\ndef main(): sys.exit(3)"), "SystemExit: 3")

    def test_a_coroutine_is_awaited_and_its_traceback_begins_in_the_script(self):
        self.assert_returned(Run("async def main():\n    return [1]"), "[1]")
        run = Run("async def main():\n    return 1 / 0")
        self.assert_exception(run, "ZeroDivisionError: division by zero")
        self.assertNotIn("asyncio", run.detail)

    def test_hostile_exceptions_are_exceptions(self):
        cases = {
            "def __str__(self): raise ValueError": "E: <exception str() failed>",
            "def __str__(self): return 3": "E: <exception str() failed>",
            "__traceback__ = property(lambda self: 1 / 0)": "E: arg",
            "__notes__ = property(lambda self: 1 / 0)": "E: arg",
            "__cause__ = property(lambda self: 1 / 0)": "E: arg",
            "__module__ = 7": "<unknown>.E: arg",
            "__class__ = property(lambda self: 1 / 0)": "E: arg",
        }
        for member, text in cases.items():
            with self.subTest(member):
                run = Run(f"class E(Exception):\n    {member}\ndef main(): raise E('arg')")
                self.assert_exception(run, text)

    def test_a_hostile_metaclass_does_not_hide_the_exception(self):
        meta = "class M(type):\n    def __getattribute__(c, n): raise ValueError(n)\n"
        run = Run(f"{meta}class E(Exception, metaclass=M): pass\ndef main(): raise E('x')")
        self.assert_exception(run, "E: x")
        self.assertIn("line 4, in main", run.detail)

    def test_huge_messages_are_cut_on_a_character(self):
        run = Run("def main(): raise ValueError('é' * 50_000_000)")
        self.assertEqual(run.kind, harness.EXCEPTION)
        self.assertLessEqual(len(run.text.encode()), 64 * 1024)
        self.assertTrue(run.text.endswith("éé"))
        group = "ExceptionGroup('g', [ValueError('é' * 10**6)] * 9)"
        run = Run(f"def main(): raise {group}")
        self.assertLessEqual(len(run.detail.encode()), 256 * 1024)

    def test_long_chains_and_deep_stacks_are_bounded(self):
        link = "n = ValueError(i)\n    n.__context__ = e\n    e = n"
        run = program(f"e = None\nfor i in range(99999):\n    {link}\nraise e")
        self.assert_exception(run, "ValueError: 99998")
        run = program("import sys\nsys.setrecursionlimit(50000)\ndef f(): f()\nf()")
        self.assert_exception(run, "RecursionError: maximum recursion depth exceeded")

    def test_lone_surrogates_in_a_message_are_escaped(self):
        self.assert_exception(Run("def main(): raise ValueError('\\ud800')"), "ValueError: \\ud800")

    def test_memory_errors_have_a_kind_of_their_own(self):
        subclass = "class M(MemoryError): pass\nmain = 1\nraise M"
        for script in ("def main(): return bytearray(1 << 62)", subclass):
            self.assertEqual(Run(script).kind, harness.MEMORY_ERROR)
        limited = "import resource\nresource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))\n"
        for loop in ("x.append(bytearray(1 << 20))", "x.append([1])"):
            run = Run(f"{limited}x = []\ndef main():\n    while True: {loop}\n")
            self.assertEqual((run.kind, run.text), (harness.MEMORY_ERROR, "MemoryError"))

    def test_a_full_disk_has_a_kind_of_its_own(self):
        for code in ("EFBIG", "ENOSPC", "EDQUOT"):
            run = Run(f"import errno\ndef main(): raise OSError(errno.{code}, 'full')")
            self.assertEqual(run.kind, harness.FILE_ERROR)
        self.assertEqual(Run("def main(): open('/nope')").kind, harness.EXCEPTION)


class Programs(Case):
    def test_a_program_is_main_in_script_py(self):
        run = program(
            "import sys\nprint(__name__, __file__, __spec__, sys.argv, repr(sys.path[0]))\n"
            "print(sys.modules['__main__'].__dict__ is globals(), __builtins__.__name__)"
        )
        self.assertEqual(run.out, "__main__ script.py None ['script.py'] ''\nTrue builtins\n")
        self.assert_returned(run, "")

    def test_exit_statuses_are_those_that_a_shell_shows(self):
        cases = {"": 0, "0": 0, "None": 0, "3": 3, "256": 0, "-1": 255, "True": 1, "2**80": 255}
        for code, status in cases.items():
            with self.subTest(code):
                run = program(f"import sys\nsys.exit({code})")
                kind = harness.SYSTEM_EXIT if status else harness.RETURNED
                self.assertEqual((run.kind, run.status, run.detail), (kind, status, ""))

    def test_exit_messages_go_to_stderr_with_status_1(self):
        for code, text in {"'bye'": "bye\n", "[1]": "[1]\n", "1.5": "1.5\n"}.items():
            run = program(f"raise SystemExit({code})")
            self.assertEqual((run.kind, run.status, run.detail), (harness.SYSTEM_EXIT, 1, text))

    def test_threads_are_joined_and_exit_functions_run_however_it_ends(self):
        body = (
            "import atexit, threading\natexit.register(print, 'exit function')\n"
            "go = threading.Event()\n"
            "def late():\n    go.wait()\n    print('thread')\n"
            "threading.Thread(target=late).start()\nthreading.Timer(0.05, go.set).start()\n"
        )
        for end in ("pass", "raise SystemExit(2)", "1 / 0"):
            self.assertEqual(program(body + end).out, "thread\nexit function\n")

    def test_input_is_at_its_end(self):
        with open("/dev/null") as null:
            saved = os.dup(0)
            os.dup2(null.fileno(), 0)
        try:
            self.assert_exception(program("input()"), "EOFError: EOF when reading a line")
        finally:
            os.dup2(saved, 0)


class Environment(Case):
    def test_the_script_is_a_real_module(self):
        run = Run(
            "import dataclasses, inspect, pickle, sys, typing\n"
            "@dataclasses.dataclass\nclass A:\n    x: 'int' = 1\n"
            "def main():\n"
            "    return [__name__, __file__, sys.modules['script'].main is main, __spec__.origin,\n"
            "            inspect.getsource(A), pickle.loads(pickle.dumps(A(2))).x,\n"
            "            str(typing.get_type_hints(A)), __loader__.get_source('script')[:6]]\n"
        )
        source = "@dataclasses.dataclass\\nclass A:\\n    x: 'int' = 1\\n"
        expected = f'["script", "script.py", true, "script.py", "{source}", 2, '
        self.assert_returned(run, expected + "\"{'x': <class 'int'>}\", \"import\"]")

    def test_a_pool_of_processes_works(self):
        run = Run(
            "from multiprocessing import Pool\ndef f(x): return x + 1\n"
            "def main():\n    with Pool(2) as pool: return pool.map(f, [1, 2])\n"
        )
        self.assert_returned(run, "[2, 3]")

    def test_a_main_guard_does_not_run(self):
        run = Run("def main(): return 1\nif __name__ == '__main__': print(main())\n")
        self.assertEqual((run.text, run.out), ("1", ""))

    def test_a_module_in_the_home_can_be_imported(self):
        run = Run(
            "def main():\n    with open('helper.py', 'w') as file: file.write('x = 5')\n"
            "    import helper\n    return helper.x\n"
        )
        self.assert_returned(run, "5")

    def test_a_forked_child_that_runs_off_the_end_exits_without_a_claim(self):
        run = Run(
            "import os\ndef main():\n    if os.fork():\n"
            "        return os.waitstatus_to_exitcode(os.wait()[1])\n    1 / 0\n"
        )
        self.assert_returned(run, "1")
        self.assertIn("ZeroDivisionError", run.err)

    def test_what_is_left_in_a_replaced_stdout_is_flushed(self):
        run = Run(
            "import io, sys\ndef main():\n"
            "    sys.stdout = io.TextIOWrapper(io.FileIO(1, 'w'))\n    print('x')\n"
        )
        self.assertEqual((run.kind, run.out), (harness.RETURNED, "x\n"))

    def test_randomness_is_fresh_in_every_process(self):
        script = "import random\ndef main(): return [random.random()]"
        if "numpy" in LIBRARIES:
            script = "import random as r, numpy as n\n"
            script += "def main(): return [r.random(), n.random.rand()]"
        first, second = (ast.literal_eval(Run(script).text) for _ in range(2))
        for one, other in zip(first, second, strict=True):
            self.assertNotEqual(one, other)


class Sabotage(Case):
    """The script breaks Python for whoever comes after it: its own answer must not change."""

    WRECK = (
        "import sys, builtins, json, traceback, linecache, io, os, threading, signal\n"
        "for m in (json, json.encoder, traceback, linecache, io, os, threading, signal):\n"
        "    for n in list(vars(m)):\n        if not n.startswith('__'): setattr(m, n, None)\n"
        "sys.setrecursionlimit = sys.settrace = sys._getframe = None\n"
        "sys.stdout = sys.stderr = sys.excepthook = sys.exit = 7\n"
        "def end():\n"
        "    c = sys.modules.clear\n"
        "    builtins.__dict__.clear()\n"
        "    c()\n"
    )

    def test_a_wrecked_interpreter_still_returns(self):
        run = Run(self.WRECK + "def main():\n    end()\n    return {'ok': [1.5, 'x', None]}\n")
        self.assert_returned(run, '{"ok": [1.5, "x", null]}')

    def test_a_wrecked_interpreter_still_reports_an_exception(self):
        run = Run(self.WRECK + "def main():\n    end()\n    return 1 + 1 / 0\n")
        self.assert_exception(run, "ZeroDivisionError: division by zero")
        self.assertIn("    return 1 + 1 / 0\n               ~~^~~\n", run.detail)

    def test_a_wrecked_interpreter_still_refuses_a_result(self):
        run = Run(self.WRECK + "def main():\n    end()\n    return {'a': [{1}]}\n")
        self.assert_refused(run, "result['a'][0] is a set")

    def test_an_emptied_sys_does_not_matter(self):
        run = Run("import sys\ndef main():\n    sys.__dict__.clear()\n    return [{1}]\n")
        self.assert_refused(run, "result[0] is a set")

    def test_a_trace_or_profile_function_does_not_follow_into_the_harness(self):
        for name in ("settrace", "setprofile"):
            for body in ("return hook", "if frame.f_code.co_filename != 'script.py': 1 / 0"):
                hook = f"import sys\ndef hook(frame, *_):\n    {body}\n"
                run = Run(f"{hook}def main():\n    sys.{name}(hook)\n    return 1\n")
                with self.subTest(name + body):
                    self.assertIn(run.text, ("1", "ZeroDivisionError: division by zero"))
                    self.assertEqual(run.text == "1", run.kind == harness.RETURNED)

    def test_a_low_recursion_limit_does_not_matter(self):
        lower = "sys.setrecursionlimit(60)"
        run = Run(f"import sys\ndef main():\n    {lower}\n    return [[{{'a': 1}}]]\n")
        self.assert_returned(run, '[[{"a": 1}]]')

    def test_a_signal_that_comes_after_main_returned_does_not_matter(self):
        run = Run(
            "import os, signal\ndef late(*_): raise TimeoutError\n"
            "class Late(dict):\n    def items(self):\n"
            "        os.kill(os.getpid(), signal.SIGALRM)\n        return [('a', 1)]\n"
            "def main():\n    signal.signal(signal.SIGALRM, late)\n    return Late(a=2)\n"
        )
        self.assert_returned(run, '{"a": 1}')

    def test_threads_left_running_do_not_hold_the_answer(self):
        start = "threading.Thread(target=threading.Event().wait).start()"
        run = Run(f"import threading\ndef main():\n    {start}\n    return 1")
        self.assert_returned(run, "1")

    def test_the_harness_is_not_in_sys_modules(self):
        run = Run("import sys\ndef main(): return sorted(sys.modules)")
        self.assertEqual(run.kind, harness.RETURNED)
        self.assertNotIn("_executor", run.text)


class Preparation(Case):
    def in_child(self, function):
        """Runs `function` in a fork and returns the text it returns."""
        answer, write_end = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.write(write_end, str(function()).encode())
            os._exit(0)
        os.close(write_end)
        with open(answer) as pipe:
            text = pipe.read()
        os.waitpid(pid, 0)
        return text

    def test_preload_names_what_is_missing(self):
        with self.assertRaisesRegex(ImportError, "cannot import no_such.module: .*'no_such'"):
            harness.preload(["os.path", "no_such.module"])

    def test_without_named_semaphores_python_says_so_itself(self):
        def attempt(make):
            harness.forget_named_semaphores()
            try:
                return make()
            except Exception as error:
                return f"{type(error).__name__}: {error}"

        def pool():
            import multiprocessing

            return multiprocessing.Pool(1)

        def executor():
            import concurrent.futures

            return concurrent.futures.ProcessPoolExecutor(1)

        def process():
            import multiprocessing

            started = multiprocessing.get_context("fork").Process(target=os._exit, args=(7,))
            started.start()
            started.join()
            return started.exitcode

        lacks = "ImportError: This platform lacks a functioning sem_open implementation"
        self.assertIn(lacks, self.in_child(lambda: attempt(pool)))
        self.assertIn("NotImplementedError: This", self.in_child(lambda: attempt(executor)))
        self.assertEqual(self.in_child(lambda: attempt(process)), "7")

    def test_preload_refuses_a_second_thread(self):
        def attempt():
            threading.Thread(target=threading.Event().wait, daemon=True).start()
            try:
                harness.preload(["os"])
            except RuntimeError as error:
                return error

        self.assertEqual(self.in_child(attempt), "importing os started a thread")

    def test_a_warm_up_leaves_no_trace(self):
        def snapshot():
            import linecache

            state = [set(sys.modules), set(linecache.cache), sys.argv, list(sys.path)]
            state += [random.getstate(), gc.isenabled(), gc.garbage, sys.getrecursionlimit()]
            state += [sys.stdout, sys.stderr, sys.gettrace(), gc.get_freeze_count()]
            state += [signal.pthread_sigmask(signal.SIG_BLOCK, ())]
            return state

        def attempt():
            gc.disable()
            harness.warm_up()
            gc.collect()
            before = snapshot()
            for _ in range(5):
                harness.warm_up()
            return snapshot() == before, gc.collect()

        self.assertEqual(self.in_child(attempt), "(True, 0)")

    def test_the_main_thread_knows_its_native_id_after_a_clone(self):
        def attempt():
            threading.main_thread()._native_id = 1
            harness.fresh_process()
            return threading.main_thread().native_id == threading.get_native_id()

        self.assertEqual(self.in_child(attempt), "True")


if __name__ == "__main__":
    unittest.main()
