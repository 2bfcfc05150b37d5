"""The harness in a plain interpreter: what it says to do about an error.

A standalone program for Python 3.11 or newer: `/usr/bin/python3 tests/unit/harness_hint_cases.py`.
"""

import sys
import unittest

from harness_run import Case, Run, harness, numeric, program, returning

NO_PACKAGES = "Packages cannot be installed in a run; GET /runtime lists what is there"
NO_NETWORK = "Scripts have no network: send what they need in 'files' or 'stdin'"
NO_WRITING = "Only the working directory, /tmp and /dev/shm can be written to"
NO_DEBUGGER = "A debugger has nothing to read: leave breakpoint() out, or send its commands in 'stdin'"
NO_STDIN = "There is nothing on stdin: send what the script reads in 'stdin'"
SEND_AND_OPEN = "Send 'nosuch.csv' in 'files', which are put into the working directory, and open it by that name"
SEND_CSV = "Send 'nosuch.csv' in 'files'; a run starts in an empty directory"
NO_IMAGES = "There is no directory 'images': os.makedirs() makes one, or send its files in 'files'"
NO_DIRECTORY = (
    "There is no directory '/nosuch/data': what is sent in 'files' is put into the working directory, and only"
    " the working directory, /tmp and /dev/shm can be written to"
)
NOT_INSTALLED = (
    "'nosuch' is not installed, and a run cannot install it;"
    " GET /runtime lists what is, and modules of your own go into 'files'"
)
FENCE = "Line 1 is a Markdown fence: send the Python between the fences alone"
NO_NAN = (
    "JSON has no NaN and no Infinity: return None for them, of a DataFrame"
    " df.astype(object).where(df.notna(), None)"
)
NO_INFINITY = "JSON has no NaN and no Infinity: return None for them, of a DataFrame df.replace([inf, -inf], None)"
AWAIT = "Only 'async def' functions await: put it into an 'async def main()'; a program calls asyncio.run(main())"

# Hints of programs, which a main() that does the same has too.
RAISED = {
    "import nosuch": NOT_INSTALLED,
    "from nosuch.deep import x": NOT_INSTALLED,
    "try:\n  import nosuch\nexcept ImportError:\n  raise ImportError('wrapped') from None": NOT_INSTALLED,
    "try:\n  import nosuch\nexcept ImportError:\n  1/0": "",
    "open('own.py', 'w').close()\nimport sys\nsys.path.insert(0, '.')\nimport own.part": (
        "'own' is there, without 'own.part': send 'own/part.py' in 'files'"
    ),
    "import json.nosuch": "'json' is there, without 'json.nosuch'; GET /runtime lists the versions of what is installed",
    "import sys\nsys.modules['nosuch'] = None\nimport nosuch": "",
    "raise ModuleNotFoundError('mine', name='json')": "",
    "import socket\nraise socket.gaierror(-2, 'Name or service not known')": NO_NETWORK,
    "import urllib.request as r\nr.urlopen('http://name.invalid/', timeout=5)": NO_NETWORK,
    "import socket\nsocket.create_connection(('127.0.0.1', 1))": "",
    "raise OSError(101, 'Network is unreachable')": NO_NETWORK,
    "class ConnectError(Exception): __module__ = 'httpx'\nraise ConnectError": "",
    "class ConnectError(Exception): __module__ = 'httpx'\nraise ConnectError from OSError(101, 'x')": NO_NETWORK,
    "import urllib.request as r\nr.urlopen('file:///nosuch')": "",
    "import urllib.request as r\nr.urlopen('foo://x')": "",
    "import urllib.error as e\nraise e.HTTPError('http://127.0.0.1/x', 404, 'Not Found', {}, None)": "",
    "import urllib.request as r\nr.urlopen('http://127.0.0.1:1/')": "",
    "raise ConnectionRefusedError('mine')": "",
    "import socket\nraise PermissionError(13, 'Permission denied')": "",
    "import socket\nsocket.create_server(('192.0.2.1', 80))": "",
    "import socket\nsocket.getaddrinfo('localhost', 'nosuchservice')": "",
    "import socket\nsocket.inet_pton(99, '1')": "",
    "open('http://localhost/a.csv')": "",
    "open('https://example.com/a.csv')": NO_NETWORK,
    "import subprocess as s\nraise s.CalledProcessError(1, ['python3', '-m', 'pip', 'install', 'x'])": NO_PACKAGES,
    "import subprocess as s\ns.run(['/nowhere/pip', 'install', 'x'])": NO_PACKAGES,
    "import subprocess as s\ns.run(['nosuchprogram'])": "The program 'nosuchprogram' is not there for scripts",
    "import subprocess as s\ns.run(['true'], cwd='/nosuch')": "There is no directory '/nosuch'",
    "import getpass\ngetpass.fallback_getpass = lambda *a: getpass._raw_input('')\ngetpass.getpass()": NO_STDIN,
    "open(__file__)": "The script is no file: inspect.getsource() has the text of its functions and classes",
    "raise ImportError(\"Missing optional dependency 'nosuch'.\")": NOT_INSTALLED,
    "raise ImportError('mine')": "",
    "try:\n  open('style')\nexcept OSError as error:\n  raise OSError('no such style') from error": "",
    "open('data.csv')": "Send 'data.csv' in 'files'; a run starts in an empty directory",
    "open('no/data.csv', 'w')": ("There is no directory 'no': os.makedirs() makes one, or send its files in 'files'"),
    "open('/proc/nosuch')": "",
    "open('/tmp/nosuch.csv')": SEND_AND_OPEN,
    "import os\nopen(os.getcwd() + '/nosuch.csv')": SEND_CSV,
    "open('/nosuch/data/a.csv')": NO_DIRECTORY,
    "open('/nosuch/data/a.csv', 'w')": NO_DIRECTORY,
    "open('C:/nosuch/a.csv')": NO_DIRECTORY.replace("/nosuch/data", "C:/nosuch"),
    "open('C:\\\\nosuch\\\\a.csv')": NO_DIRECTORY.replace("/nosuch/data", "C:/nosuch"),
    "open('/mnt/data/nosuch.csv')": NO_DIRECTORY.replace("/nosuch/data", "/mnt/data"),
    "open('./nosuch.csv')": SEND_CSV,
    "open('a/..//nosuch.csv')": SEND_CSV,
    "import pathlib\npathlib.Path('nosuch.csv').read_text()": SEND_CSV,
    "import zipfile\nzipfile.ZipFile('nosuch.csv')": SEND_CSV,
    "import os.path\nos.path.getsize('nosuch.csv')": SEND_CSV,
    "with open(\n  'nosuch.csv'\n) as file: pass": SEND_CSV,
    "import os\nos.makedirs('d')\nos.chdir('d')\nopen('nosuch.csv')": SEND_CSV.replace(
        "nosuch", "d/nosuch"
    ).partition(";")[0],
    "open('../nosuch.csv')": SEND_AND_OPEN,
    "import os\nos.chdir('/tmp')\nopen('nosuch.csv')": (
        "Send 'nosuch.csv' in 'files', and open it before os.chdir(): it is put into the directory in which a run starts"
    ),
    "open('./script.py')": "The script is no file: inspect.getsource() has the text of its functions and classes",
    "open('data.csv', 'w').close()\nopen('Data.csv')": "There is no 'Data.csv'; there is 'data.csv'",
    "open('a.csv', 'w').close()\nopen('nosuch.csv')": "Send 'nosuch.csv' in 'files'",
    "open('nosuch' * 50)": "",
    "open('')": "",
    "import os\nos.listdir('images')": NO_IMAGES,
    "import pathlib\nlist(pathlib.Path('images').iterdir())": NO_IMAGES,
    "import os\nos.chdir('images')": NO_IMAGES,
    "import shutil\nshutil.rmtree('build')": "",
    "import os\nos.rmdir('a')": "",
    "import os\nos.remove('x')": "",
    "import os\nos.rename('x', 'y')": "",
    "raise FileNotFoundError('Customer not found.')": "",
    "raise FileNotFoundError('Model does not exist')": "",
    "raise FileNotFoundError(2, 'No such file or directory', 'customer')": "",
    "open('~/a.csv')": "The '~' of a path is expanded by os.path.expanduser() alone",
    "raise FileNotFoundError('mine')": "",
    "raise OSError(30, 'Read-only file system', '/etc/x')": NO_WRITING,
    "raise PermissionError(13, 'Permission denied', '/nosuch/x')": NO_WRITING,
    "raise PermissionError(13, 'Permission denied', '/proc')": "",
    "open('f', 'w')\nraise PermissionError(13, 'Permission denied', 'f')": "",
    "open('f', 'w')\nimport subprocess\nsubprocess.run(['./f'])": "",
    "raise PermissionError(13, 'Permission denied', 'new')": "",
    "import os\nos.environ['NOSUCH_KEY']": "Send 'NOSUCH_KEY' in 'env'",
    "import os\ndel os.environ['NOSUCH_KEY']": "Send 'NOSUCH_KEY' in 'env'",
    "{}['NOSUCH_KEY']": "",
    "import sys\nsys.stdin.read().split()[0]": NO_STDIN,
    "import sys\nint(sys.stdin.readline())": NO_STDIN,
    "import sys\na, b = sys.stdin.read().split()": NO_STDIN,
    "import sys, json\njson.load(sys.stdin)": NO_STDIN,
    "import sys\nint(sys.stdin.buffer.readline())": NO_STDIN,
    "import sys\na, *b = map(int, sys.stdin.read().split())": NO_STDIN,
    "import sys\nif not sys.stdin.read(): raise ValueError('No columns to parse from file')": NO_STDIN,
    "[][0]": "",
    "import sys\nsys.stdin.read()\nint('x')": "",
    "import sys\nrows = [line for line in sys.stdin]\nrows[0]": NO_STDIN,
    "import sys\nfrom sys import stdin\nlist(map(int, stdin))[0]": NO_STDIN,
    "import sys\nif sys.stdin.isatty(): print(1)\nrows = []\nprint(rows[0])": "",
    "import sys\nif sys.stdin: sys.stdin.reconfigure(encoding='utf-8')\n[][0]": "",
    "import bdb\nraise bdb.BdbQuit": NO_DEBUGGER,
    "class TclError(Exception): __module__ = '_tkinter'\nraise TclError('no display name')": (
        "There is no screen: draw with matplotlib and send 'images': true"
    ),
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
    "import asyncio\nawait asyncio.sleep(0)": AWAIT,
    "def main():\n    await x": AWAIT,
    "async with x: pass": AWAIT,
    "async for x in y: pass": AWAIT,
    "[x async for x in y]": AWAIT,
    "import json\\nprint(1)": ("The source has the characters \\n where its lines should end: it was escaped twice"),
    'print("a\\n") \\ + 1': "",
    "x = '\\n'\\ny = 1": "The source has the characters \\n where its lines should end: it was escaped twice",
    "x = (": "",
    "text = '''\n```\n'''\nx = (": "",
    "'''Reads:\n```\nx = 1\n```\n'''\nx = (": "",
    "x = )\n'''\n```\ny = 1\n```\n'''": "",
    "print(1)\n```": "Line 2 is a Markdown fence: send the Python alone",
    "files = !ls": "Line 1 is a notebook's command: send plain Python without it",
    "len?": "Line 1 is a notebook's command: send plain Python without it",
    "x = !x": "",
    "x ? 1 : 2": "",
    "print(1\n % 2 3)": "",
    "\fx = 1\n!ls": "Line 2 is a notebook's command: send plain Python without it",
}

NEWER_QUOTES = "The same quotes inside of an f-string are of Python 3.12, here it is 3.11: use the other kind there"
# What Python 3.12 compiles, and what only looks like it.
NEWER = {
    "type X = int": "'type' statements and type parameters are of Python 3.12, here it is 3.11",
    "def first[T](x: list[T]) -> T: return x[0]": "'type' statements and type parameters are of Python 3.12, here it is 3.11",
    "print(f'{d['a']}')": NEWER_QUOTES,
    "print(f'{', '.join(d)}')": NEWER_QUOTES,
    "print(f'{f(1, 'a')}')": NEWER_QUOTES,
    "print(f'{'a'}')": NEWER_QUOTES,
    "print(f'{1 if a == 'a' else 2}')": NEWER_QUOTES,
    "print(f'{x!z}')": "",
    "print(f'Hello {name', f'{x}')": "",
    "d = {'a': f'{x'}": "",
}

RETURNED = {
    "float('nan')": NO_NAN,
    "[float('inf')]": NO_INFINITY,
    "[-float('inf')]": NO_INFINITY,
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
    "collections.UserDict()": "Return dict(value)",
    "collections.ChainMap({'a': 1})": "Return dict(value)",
    "collections.UserString('abc')": "Return str(value)",
    "{'\\ud800': 1}": "Use key.encode('utf-8', 'replace').decode() as the key",
    "os.environ": "Return dict(value)",
    "types.MappingProxyType({})": "Return dict(value)",
    "types.SimpleNamespace()": "Return vars(value)",
    "io.StringIO()": "Return value.getvalue()",
    "open('a', 'w')": "Return the name of the file and send it in 'outputs': what was written comes back with the answer",
    "open('/dev/null')": "Return value.read()",
    "open('/dev/null', 'rb')": "Return value.read().decode() of text",
    "[f := open('/dev/null'), f.close()][0]": "Return what is read of the file before it is closed",
    "agen()": "Return [item async for item in value]",
    "ipaddress.ip_address('192.0.2.1')": "Return str(value)",
    "datetime.datetime(2024, 1, 1)": "",  # the error itself has the advice
}
BEFORE = """
import collections, dataclasses, datetime, io, ipaddress, os, re, types
async def agen(): yield
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

    def test_an_exit_of_the_debugger_is_about_its_input(self):
        # What breakpoint() comes to from Python 3.14 on.
        source = "exec(compile('raise SystemExit(1)', '/usr/lib/python3/FILE.py', 'exec'))"
        for run in (program(source.replace("FILE", "pdb")), Run(as_main(source.replace("FILE", "pdb")))):
            self.check(run, NO_DEBUGGER)
        self.check(program(source.replace("FILE", "other")), "")

    def test_a_script_that_does_not_compile_has_the_hint_of_the_line(self):
        newer = NEWER if sys.version_info < (3, 12) else {}
        for source, hint in {**SYNTAX, **newer}.items():
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

    @numeric
    def test_a_file_that_numpy_and_pandas_miss_is_asked_for(self):
        for call in (
            "numpy.genfromtxt('nosuch.csv')",
            "numpy.load('nosuch.csv')",
            "pandas.read_csv('nosuch.csv')",
            "pandas.read_csv('nosuch.csv', engine='python')",
            "pandas.read_excel('nosuch.csv')",
        ):
            with self.subTest(call):
                run = program(f"import numpy, pandas\n{call}")
                self.check(run, "" if "excel" in call and "ImportError" in run.text else SEND_CSV)

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
        for source in (
            "import functools\ndef f(x, y): return x\nmain = functools.partial(f, 1)",
            "class main:\n    def __init__(self, x): pass",
            "class Call:\n    def __call__(self, x): pass\nmain = Call()",
            "main = lambda x: x",
            "async def main(x): return x",
            "main = len",
        ):
            with self.subTest(source):
                self.check(Run(source), asks)
        for source in (
            "def main(): raise TypeError('main() is mine')",
            "def main():\n    def g(x): pass\n    g()",
            "import functools\nmain = functools.partial(len, 5)",
        ):
            with self.subTest(source):
                self.check(Run(source), "")

    def test_an_integer_of_too_many_digits_is_to_be_sent_as_a_string(self):
        run = Run("def main(x): return 1", arguments=b"[" + b"9" * 5000 + b"]")
        self.assertIn("4300 digits", run.text)
        self.assertTrue(run.hint.startswith("Send an integer of so many digits as a string"), run.hint)

    def test_a_command_line_that_is_missing_is_asked_for_in_both_dialects(self):
        source = "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('x')\nparser.parse_args()"
        asks = "Send the command line that the script parses in 'argv', or give its arguments defaults"
        self.check(program(source), asks)
        self.check(Run(as_main(source)), asks)
        self.check(program("import sys; sys.exit(2)"), "")
        self.check(program(source, argv=["--mode"]), "")
        parser = "import argparse\nparser = argparse.ArgumentParser()\n"
        for parsed in (
            "parser.add_argument('x')\nparser.parse_args([])",
            "parser.error('bad combo')",
            "parser.parse_args(['--bad'])",
            "import unittest\nunittest.main(argv=['x', '--bad'])",
        ):
            with self.subTest(parsed):
                self.check(program(parser + parsed), "")
        self.check(program(parser + "parser.add_subparsers(required=True, dest='x')\nparser.parse_args()"), asks)

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
