"""The harness in a plain interpreter: what is printed of how a program ends.

A standalone program for Python 3.11 or newer: `/usr/bin/python3 tests/unit/harness_endings_cases.py`.
"""

import unittest

from harness_run import Case, Run, harness, program


class Endings(Case):
    """What is printed of an end is where Python prints it, and when."""

    TRACE = 'Traceback (most recent call last):\n  File "script.py", line {}, in <module>\n    1/0\n    ~^~\n'
    TRACE += "ZeroDivisionError: division by zero\n"

    def test_it_is_printed_through_the_stream_that_the_script_has_put_there(self):
        run = program("import sys\nsys.stderr = sys.stdout\nprint('a')\n1/0")
        self.assertEqual((run.out, run.err, run.detail), ("a\n" + self.TRACE.format(4), "", ""))
        self.assert_exception(run, "ZeroDivisionError: division by zero")
        run = program("import sys\nsys.stderr = sys.stdout\nsys.exit('bye')")
        self.assertEqual((run.out, run.err, run.detail, run.status), ("bye\n", "", "", 1))
        shows = "import atexit, io, sys\nsys.stderr = io.StringIO()\natexit.register(lambda: print(sys.stderr.getvalue()))\n"
        for end, text in {"1/0": self.TRACE.format(4), "sys.exit('bye')": "bye\n", "sys.exit(3)": ""}.items():
            run = program(shows + end)
            self.assertEqual((run.out, run.err, run.detail), (text + "\n", "", ""))

    def test_it_is_printed_before_threads_are_joined_and_exit_functions_run(self):
        script = (
            "import atexit, logging.handlers, sys, threading, weakref\n"
            "atexit.register(lambda: print('exit', file=sys.stderr))\n"
            "go = threading.Event()\n"
            "def late():\n    go.wait()\n    print('thread', file=sys.stderr)\n"
            "threading.Thread(target=late).start()\nthreading.Timer(0.1, go.set).start()\n"
        )
        for end, text in {"1/0": self.TRACE.format(9), "sys.exit('bye')": "bye\n"}.items():
            run = program(script + end)
            self.assertEqual((run.err, run.detail), (text + "thread\nexit\n", ""))
        memory = "h = logging.handlers.MemoryHandler(9, target=logging.StreamHandler())\nlogging.getLogger().addHandler(h)\n"
        for late in (
            "class C: pass\nc = C()\nweakref.finalize(c, print, 'late', file=sys.stderr)\n",
            memory + "logging.warning('late')\n",
        ):
            run = program("import logging.handlers, sys, weakref\n" + late + "sys.exit('bye')")
            self.assertEqual((run.err, run.detail), ("bye\nlate\n", ""))

    def test_a_hook_that_exits_says_what_is_printed(self):
        for end, printed in {"'fatal: ' + str(value)": "fatal: division by zero\n", "4": ""}.items():
            run = program(f"import sys\nsys.excepthook = lambda kind, value, trace: sys.exit({end})\n1 / 0")
            self.assertEqual((run.kind, run.err, run.detail), (harness.EXCEPTION, "", printed))

    def test_else_it_travels_in_the_claim(self):
        run = program("1/0")
        self.assertEqual((run.err, run.detail), ("", self.TRACE.format(1)))
        for stream in ("None", "7", "open('/dev/null')"):
            run = program(f"import sys\nsys.stderr = {stream}\n1/0")
            self.assertEqual((run.err, run.detail), ("", self.TRACE.format(3)))
        run = Run("import io, sys\nsys.stderr = io.StringIO()\ndef main(): 1/0")
        self.assertIn("ZeroDivisionError", run.detail)

    def test_a_forked_child_prints_through_its_own_stream_and_can_be_interrupted(self):
        forks = "import os, sys\ndef main():\n  if os.fork() == 0:\n    sys.stderr = sys.stdout\n    {}\n"
        forks += "  return os.waitstatus_to_exitcode(os.wait()[1])\n"
        run = Run(forks.format("sys.exit('bye')"))
        self.assertEqual((run.text, run.out, run.err), ("1", "bye\n", ""))
        run = Run(forks.format("raise KeyboardInterrupt"))
        self.assertEqual(run.text, "-2")
        self.assertTrue(run.out.endswith("KeyboardInterrupt\n"))

    def test_an_awaitable_is_awaited_as_if_main_was_a_coroutine_function(self):
        run = Run("import asyncio\ndef main():\n  loop = asyncio.new_event_loop()\n  return loop.create_future()")
        self.assertIn("coro=<main() running at script.py:2>", run.text)
        self.assertNotIn("_executor", run.text + run.detail)
        self.assertNotIn("in main", run.detail)


if __name__ == "__main__":
    unittest.main()
