"""The harness in a plain interpreter: what it says to do about an error.

A standalone program for Python 3.11 or newer: `/usr/bin/python3 tests/unit/harness_hint_cases.py`.
"""

import unittest

from harness_run import Case, Run, harness, numeric, program, returning

NO_PACKAGES = "Packages cannot be installed in a run; GET /runtime lists what is there"
NO_NETWORK = "Scripts have no network: send what they need in 'files' or 'stdin'"
NO_WRITING = "Only the working directory, /tmp and /dev/shm can be written to"
NO_STDIN = "There is nothing on stdin: send what the script reads in 'stdin'"
NOT_INSTALLED = (
    "'nosuch' is not installed, and a run cannot install it;"
    " GET /runtime lists what is, and modules of your own go into 'files'"
)
FENCE = "Line 1 is a Markdown fence: send the Python between the fences alone"
NO_NAN = (
    "JSON has no NaN and no Infinity: return None for them, of a DataFrame"
    " df.astype(object).where(df.notna(), None)"
)

# Hints of programs, which a main() that does the same has too.
RAISED = {
    "import nosuch": NOT_INSTALLED,
    "from nosuch.deep import x": NOT_INSTALLED,
    "try:\n  import nosuch\nexcept ImportError:\n  raise ImportError('wrapped') from None": NOT_INSTALLED,
    "try:\n  import nosuch\nexcept ImportError:\n  1/0": "",
    "import json.nosuch": None,
    "import socket\nraise socket.gaierror(-2, 'Name or service not known')": NO_NETWORK,
    "import urllib.request as r\nr.urlopen('http://name.invalid/', timeout=5)": NO_NETWORK,
    "import socket\nsocket.create_connection(('127.0.0.1', 1))": NO_NETWORK,
    "raise OSError(101, 'Network is unreachable')": NO_NETWORK,
    "class ConnectError(Exception): __module__ = 'httpx'\nraise ConnectError": NO_NETWORK,
    "open('https://example.com/a.csv')": NO_NETWORK,
    "import subprocess as s\nraise s.CalledProcessError(1, ['python3', '-m', 'pip', 'install', 'x'])": NO_PACKAGES,
    "import subprocess as s\ns.run(['/nowhere/pip', 'install', 'x'])": NO_PACKAGES,
    "import subprocess as s\ns.run(['nosuchprogram'])": "The program 'nosuchprogram' is not there for scripts",
    "open('data.csv')": "Send 'data.csv' in 'files'; a run starts in an empty directory",
    "open('no/data.csv', 'w')": ("There is no directory 'no': os.makedirs() makes one, or send its files in 'files'"),
    "open('/proc/nosuch')": "",
    "raise OSError(30, 'Read-only file system', '/etc/x')": NO_WRITING,
    "raise PermissionError(13, 'Permission denied', '/etc/x')": NO_WRITING,
    "raise PermissionError(13, 'Permission denied', '/proc')": "",
    "raise BlockingIOError(11, 'again')": "",
    "import os\ndef fork(): raise BlockingIOError(11, 'again')\nos.fork = fork\nos.fork()": "",
    "raise OSError(24, 'Too many open files')": "open_files",
    'raise RuntimeError("can\'t start new thread")': "processes",
    "get_ipython().system('ls')": "get_ipython() is a notebook's: send plain Python",
    "x = null": "Python's name for null is None",
    "pd.DataFrame()": "The script lacks 'import pandas as pd'",
    "x = nosuch": "",
    "1/0": "",
    "import asyncio\nasync def f(): asyncio.run(f())\nasyncio.run(f())": (
        "An event loop is running already: use 'await' in place of asyncio.run()"
    ),
    "raise ExceptionGroup('g', [EOFError()])": "",
}

SYNTAX = {
    "```python\nprint(1)\n```": FENCE,
    "Here it is:\n\n```\nprint(1)\n```\nIt prints.": FENCE.replace("Line 1", "Line 3"),
    "```python\nprint(1": "Line 1 is a Markdown fence: send the Python alone",
    "x = 1\n%matplotlib inline": "Line 2 is a notebook's command: send plain Python without it",
    "!ls": "Line 1 is a notebook's command: send plain Python without it",
    "!pip install x": NO_PACKAGES,
    "pip install x": NO_PACKAGES,
    "%pip install x": NO_PACKAGES,
    ">>> 1 + 1": "Line 1 has an interpreter's prompt: send the Python alone",
    "return 1": ("Only functions return: give a 'script' a main() that does, or let a program in 'code' print"),
    "import asyncio\nawait asyncio.sleep(0)": (
        "Only 'async def' functions await: put it into an 'async def main()' and send that as 'script'"
    ),
    "import json\\nprint(1)": ("The source has the characters \\n where its lines should end: it was escaped twice"),
    "x = (": "",
    "text = '''\n```\n'''\nx = (": "",
}

RETURNED = {
    "float('nan')": NO_NAN,
    "[float('inf')]": NO_NAN,
    "{1}": "Return sorted(value) or list(value)",
    "b'x'": "Return value.decode() of text, else base64.b64encode(value).decode()",
    "(x for x in 'ab')": "Return list(value)",
    "map(str, [1])": "Return list(value)",
    "range(3)": "Return list(value)",
    "{}.keys()": "Return list(value)",
    "collections.deque()": "Return list(value)",
    "1j": "Return [value.real, value.imag]",
    "main": "Return what the function returns: it is not called yet",
    "Data(1)": "Return dataclasses.asdict(value)",
    "Model()": "Return value.model_dump()",
    "Figure()": "Leave the figure open and send 'images': true, in place of returning it",
    "Plain()": "Return vars(value), or those of its attributes that matter",
    "ValueError('x')": "Return str(value)",
    "re.match('a', 'a')": "Return value.group() or value.groups()",
    "{(1, 2): 3}": (
        "Keys of JSON are strings: use str(key), of a grouped pandas object" " .reset_index().to_dict('records')"
    ),
    "{float('nan'): 3}": "Keys of JSON are strings: use str(key)",
    "10**5000": "Return hex(value), or call sys.set_int_max_str_digits(0) first",
    "'\\ud800'": "Return value.encode('utf-8', 'replace').decode()",
    "datetime.datetime(2024, 1, 1)": "",  # the error itself has the advice
}
BEFORE = """
import collections, dataclasses, datetime, re
@dataclasses.dataclass
class Data: x: int
class Model:
    def model_dump(self): return {}
class Plain: pass
Artist = type('Artist', (), {'__module__': 'matplotlib.artist'})
class Figure(Artist): pass
"""


class Errors(Case):
    def test_an_exception_has_the_hint_of_its_kind_in_both_dialects(self):
        for source, hint in RAISED.items():
            for run in (program(source), Run(as_main(source))):
                with self.subTest(source=source):
                    self.assertEqual(run.kind, harness.EXCEPTION, run.text)
                    self.check(run, hint)

    def test_a_script_that_does_not_compile_has_the_hint_of_the_line(self):
        for source, hint in SYNTAX.items():
            with self.subTest(source=source):
                run = program(source)
                self.assertEqual(run.kind, harness.SYNTAX_ERROR)
                self.check(run, hint)

    def test_a_result_that_is_not_json_has_the_call_that_makes_it_json(self):
        for value, hint in RETURNED.items():
            with self.subTest(value):
                run = returning(value, BEFORE)
                self.assertEqual(run.kind, harness.INVALID_RESULT, run.text)
                self.check(run, hint)

    @numeric
    def test_numpy_and_pandas_have_their_advice_in_the_error_alone(self):
        before = "import numpy as np, pandas as pd"
        for value in ("pd.DataFrame()", "pd.Timestamp(0)", "np.array(['2024'], 'M8[s]')"):
            with self.subTest(value):
                self.check(returning(value, before), "")
        run = returning("pd.DataFrame({'a': [1, None]}).to_dict()", before)
        self.check(run, NO_NAN)

    def test_input_without_stdin_asks_for_it(self):
        self.check(program("input()"), NO_STDIN)
        self.check(Run("def main():\n    return input('? ')"), NO_STDIN)
        self.check(program("raise EOFError('mine')"), "")

    def test_a_main_that_cannot_be_called_asks_for_arguments(self):
        asks = "Send what main() is to be called with in 'arguments'"
        agree = "What 'arguments' has and the parameters of main() must agree"
        self.check(Run("def main(x): return x"), asks)
        self.check(Run("def main(x, y): return x", arguments=b"[1]"), agree)
        self.check(Run("def main(): return 1", arguments=b'{"x": 1}'), agree)
        self.check(Run("def main(): raise TypeError('main() is mine')"), "")

    def test_exit_in_main_is_a_return(self):
        for call in ("import sys; sys.exit(0)", "quit()", "raise SystemExit('no')"):
            run = Run(f"def main():\n    {call}")
            self.assertIn("'return'", run.hint)
        self.check(program("import sys; sys.exit(3)"), "")

    def check(self, run, hint):
        if hint is not None:
            self.assertEqual(run.hint, hint, run.text)


class Hostile(Case):
    def test_an_object_that_raises_gets_no_hint_and_its_own_error(self):
        lying = "class E(ModuleNotFoundError):\n  @property\n  def name(self): 1/0\nraise E('x')"
        run = program(lying)
        self.assertEqual((run.kind, run.text, run.hint), (harness.EXCEPTION, "E: x", ""))

    def test_a_success_has_none(self):
        self.assertEqual(returning("1").hint, "")
        self.assertEqual(program("try:\n  import nosuch\nexcept ImportError: pass").hint, "")

    def test_figures_left_open_are_told_unless_they_are_asked_for(self):
        stand_in = (
            "import sys, types\n"
            "pyplot = sys.modules['matplotlib.pyplot'] = types.ModuleType('pyplot')\n"
            "pyplot.get_fignums = lambda: {}\n"
            "import atexit\natexit.register(lambda: setattr(pyplot, 'get_fignums', list))\n"
        )
        self.assertEqual(program(stand_in.format("[1]")).hint, "figures")
        self.assertEqual(program(stand_in.format("[]")).hint, "")
        self.assertEqual(program(stand_in.format("1/0")).hint, "")


def as_main(source):
    return "def main():\n" + "".join(f"  {line}\n" for line in source.splitlines())


if __name__ == "__main__":
    unittest.main()
