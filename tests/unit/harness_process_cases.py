"""The harness in a plain interpreter: programs, what a script finds, what it can spoil, and what is done
before it runs.

A standalone program for Python 3.11 or newer: `/usr/bin/python3 tests/unit/harness_process_cases.py`.
"""

import ast
import gc
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import unittest
from pathlib import Path

from harness_run import LIBRARIES, Case, Run, harness, program, rehearse


class Programs(Case):
    def test_a_program_is_main_in_script_py(self):
        run = program(
            "import os, sys\nprint(__name__, __file__, __spec__, sys.argv, sys.path[0] == os.getcwd(), '' in sys.path)\n"
            "print(sys.modules['__main__'].__dict__ is globals(), __builtins__.__name__)\n"
            "print(sys.orig_argv == [sys.executable, 'script.py', 'x'])",
            argv=["x"],
        )
        self.assertEqual(run.out, "__main__ script.py None ['script.py', 'x'] True False\nTrue builtins\nTrue\n")
        self.assert_returned(run, "")

    def test_exit_statuses_are_those_that_a_shell_shows(self):
        cases = {
            "": 0,
            "0": 0,
            "None": 0,
            "3": 3,
            "256": 0,
            "-1": 255,
            "True": 1,
            "2**80": 255,
            "-2**63": 0,
            "-2**63-1": 255,
        }
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

    def test_files_that_are_left_open_are_written(self):
        source = "def new():\n  file = open({!r}, 'w')\n  file.write('text')\n  return {}\nleft = new()"
        home = tempfile.mkdtemp()  # a TemporaryDirectory would be removed by the run, too
        for held in ("file", "lambda: file", "[file]", "file.write", "type('C', (), {'file': file})"):
            path = Path(home, held)
            program(source.format(str(path), held))
            self.assertEqual(path.read_text(), "text", held)
        shutil.rmtree(home)

    def test_streams_of_its_own_are_written_to_stdout_and_stderr(self):
        for number in ("1", "os.dup(1)"):
            for held in ("write = open({}, 'w').write", "file = os.fdopen({}, 'w')\nwrite = file.write"):
                run = program(f"import os\n{held.format(number)}\nwrite('text')")
                self.assertEqual(run.out, "text", (number, held))
        run = program(
            "import functools, os\nprint = functools.partial(print, file=open(os.dup(2), 'w'))\nprint('text')"
        )
        self.assertEqual(run.err, "text\n")

    def test_classes_that_cannot_be_hashed_keep_no_file_from_being_written(self):
        kind = "class Kind(type):\n    def __eq__(self, other): 1 / 0\nclass C(metaclass=Kind): pass\nkept = [C()]\n"
        run = program(kind + "write = open(1, 'w').write\nwrite('text')")
        self.assertEqual(run.out, "text")

    def test_what_a_forked_child_has_written_is_written(self):
        for end in ("pass", "raise SystemExit(0)", "1 / 0"):
            run = program(
                "import os, sys\nread, write = os.pipe()\nif os.fork() == 0:\n"
                "    sys.stderr = open(os.devnull, 'w')\n    file = open(write, 'w')\n    file.write('child')\n"
                f"    {end}\nelse:\n    os.close(write)\n    os.wait()\n    print(os.read(read, 100))"
            )
            self.assertEqual(run.out, "b'child'\n", end)

    def test_a_pipe_that_nobody_reads_keeps_no_run_from_its_end(self):
        run = program(
            "import os\nends = os.pipe()\nfile = open(ends[1], 'w', buffering=1 << 20)\nfile.write('x' * 200_000)"
        )
        self.assertEqual((run.kind, run.out), (harness.RETURNED, ""))


class Modules(Case):
    def test_one_that_came_with_the_request_takes_the_place_of_one_that_is_imported_already(self):
        files = {"statistics.py": "MINE = 1", "json/__init__.py": "MINE = 2", "csv/no_package.py": ""}
        files |= {"os.py": "1 / 0", "sys.py": "1 / 0", "threading.py": "1 / 0"}
        script = "import csv, json, os, statistics, sys, threading\nprint(statistics.MINE, json.MINE, csv.writer)"
        run = program(script, files=files)
        self.assertEqual(run.out, "1 2 <built-in function writer>\n", run.text)
        run = program("import json.decoder", files=files)
        self.assert_exception(run, "ModuleNotFoundError: No module named 'json.decoder'")
        self.assertEqual(program("import json\nprint(json.loads('1'))", files={"data.csv": ""}).out, "1\n")


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

    def test_children_that_are_started_afresh_have_the_source_of_the_script(self):
        source = (
            "# coding: latin-1\nimport inspect, multiprocessing, os, tempfile, traceback; tempfile.tempdir = os.getcwd()\n"
            "def look(x):\n    try: return inspect.getsource(look), [][x]\n"
            "    except IndexError: return inspect.getsource(look), traceback.format_exc()\n"
            "def shown(method):\n    with multiprocessing.get_context(method).Pool(1) as pool:\n"
            "        return pool.map(look, [1])[0]\n"
        )
        for method in ("spawn", "forkserver"):
            call = f"print(*shown('{method}'))"
            for run in (
                Run(source + f"def main(): return {call}"),
                program(source + f"if __name__ == '__main__': {call}"),
            ):
                self.assertIn("def look(x):\n    try: return inspect.getsource(look), [][x]\n", run.out, run.err)
                self.assertIn("line 4, in look\n    try: return inspect.getsource(look), [][x]", run.out)

    def test_a_main_guard_does_not_run(self):
        run = Run("def main(): return 1\nif __name__ == '__main__': print(main())\n")
        self.assertEqual((run.text, run.out), ("1", ""))

    def test_a_module_in_the_home_can_be_imported(self):
        run = Run(
            "def main():\n    with open('helper.py', 'w') as file: file.write('x = 5')\n"
            "    import helper\n    return helper.x\n"
        )
        self.assert_returned(run, "5")

    def test_a_module_in_the_home_can_be_imported_from_elsewhere(self):
        body = "import os\nopen('helper.py', 'w').write('x = 5')\nos.chdir('/')\nimport helper\nprint(helper.x)"
        self.assertEqual(program(body).out, "5\n")

    def test_a_forked_child_exits_as_a_process_does(self):
        cases = {"0": (0, ""), "7": (7, ""), "'bye'": (1, "bye\n"), "": (0, "")}
        for code, (status, err) in cases.items():
            child = f"import os, sys\nif os.fork() == 0: sys.exit({code})\n"
            waits = "status = os.waitstatus_to_exitcode(os.wait()[1])\n"
            in_main = "def main():\n" + "".join(f"  {line}\n" for line in (child + waits).splitlines())
            for source in (in_main + "  return status", child + waits + "def main(): return status"):
                with self.subTest(source):
                    run = Run(source)
                    self.assert_returned(run, str(status))
                    self.assertEqual(run.err, err)

    def test_a_forked_child_that_runs_off_the_end_exits_without_a_claim(self):
        run = Run(
            "import os\ndef main():\n    if os.fork():\n"
            "        return os.waitstatus_to_exitcode(os.wait()[1])\n    1 / 0\n"
        )
        self.assert_returned(run, "1")
        self.assertIn("ZeroDivisionError", run.err)

    def test_what_is_left_in_a_replaced_stdout_is_flushed(self):
        run = Run(
            "import io, sys\ndef main():\n" "    sys.stdout = io.TextIOWrapper(io.FileIO(1, 'w'))\n    print('x')\n"
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
    """The script breaks Python for the code that runs after it: its own answer must not change."""

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
            rehearse()
            gc.collect()
            before = snapshot()
            for _ in range(5):
                rehearse()
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
