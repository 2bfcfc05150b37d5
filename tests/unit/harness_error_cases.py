"""The harness in a plain interpreter: scripts that do not compile, and exceptions.

A standalone program for Python 3.11 or newer: `/usr/bin/python3 tests/unit/harness_error_cases.py`.
"""

import re
import unittest

from harness_run import ROOM, Case, Run, harness, printed_by_python, program


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
        scripts = ["def main(:\n  pass\n", "x = (1 +\n", "f(a b)\n", "if x\n  y\n", "y = = 1", "if 1:\nx = 1\n"]
        scripts += [
            "x = 1\n  y = 2\n",
            "def f():\n    x\n  y\n",
            "x = '''abc\n",
            "\nreturn 3\n",
            "f(a=1, 2)\n",
            "a b c\n",
        ]
        scripts += [
            "é = €x y\n",
            "for x in range(3):\n\tif x:\n        pass\n",
            "nonlocal x\n",
            "x = 'abc\n",
            "1 = x\n",
        ]
        scripts += [
            "f(x for x in y, 1)\n",
            "def f(a, a): pass\n",
            "break\n",
            "x = (\n1 +\n* 2)\n",
            "print 'x'\n",
            "\ty\n",
        ]
        for script in scripts:
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
            "total = 1\nprint(totl)\n",
            "import math\nmath.sqr(4)\n",
            "try:\n    lenn(1)\nexcept NameError as e:\n    raise ValueError('v') from e\n",
            "import sys\nsys.tracebacklimit = 1\ndef f(): 1 / 0\nf()\n",
            "import sys\nsys.tracebacklimit = 0\n1 / 0\n",
        ]
        for script in scripts:
            with self.subTest(script):
                run = program(script)
                self.assertEqual(run.kind, harness.EXCEPTION)
                expected = printed_by_python(script)
                if "f(0)" in script:  # the depth differs with the number of our own frames
                    pattern = r"repeated \d+ more"
                    expected, run.detail = (re.sub(pattern, "", t) for t in (expected, run.detail))
                self.assertEqual(run.detail, expected)

    def test_what_python_prints_on_its_own_has_the_lines_of_the_script(self):
        scripts = [
            "import threading\nt = threading.Thread(target=lambda: 1 / 0, name='w')\nt.start(); t.join()\n",
            "class Gone:\n    def __del__(self): [][1]\n    def __repr__(self): return 'gone'\nGone()\n",
            "import sys\ntry:\n    1 / 0\nexcept Exception: sys.__excepthook__(*sys.exc_info())\n",
        ]
        for script in scripts:
            with self.subTest(script):
                own = r"0x[0-9a-f]+|\S+tempfile.py:\d+: ResourceWarning.*\n.*\n"
                self.assertEqual(re.sub(own, "", program(script).err), re.sub(own, "", printed_by_python(script)))

    def test_a_hook_marks_the_place_of_a_syntax_error_as_python_does(self):
        script = (
            "import itertools, sys\n"
            "texts = 'abcdefg', '  abcdefg\\n', '\\tab c\\n', '', 'a\\nbcdef\\ngh', 'é€x😀yz\\n', '   \\n', None\n"
            "lines = (None, None), (1, 1), (1, 3), (3, 1), (1, None)\n"
            "offsets = None, -5, -1, 0, 1, 2, 3, 4, 7, 8, 9, 100\n"
            "for text, place, start, end in itertools.product(texts, lines, offsets, offsets):\n"
            "    e = SyntaxError('bad')\n"
            "    e.filename, e.text, e.offset, e.end_offset = 'bad.py', text, start, end\n"
            "    e.lineno, e.end_lineno = place\n"
            "    e.__cause__ = None if start else e.with_traceback(None).__class__('inner', ('f', 1, 4, text, 1, 2))\n"
            "    print(text, place, start, end, file=sys.stderr)\n"
            "    sys.__excepthook__(type(e), e, None)\n"
        )
        shown = program(script).err.splitlines()
        expected = printed_by_python(script).splitlines()
        self.assertGreater(len(expected), 10000)
        self.assertEqual(shown[: len(expected)], expected)

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

    def test_variables_are_there_before_the_script_and_arguments_besides(self):
        script = "twice = a * 2\ndef main(x):\n    return [twice, x]"
        self.assert_returned(Run(script, variables=b'{"a": 2}', arguments=b'{"x": 1}'), "[4, 1]")

    def test_main_gets_what_its_parameters_ask_for_where_that_is_wanted(self):
        for parameters, value in (
            ("", "[]"),
            ("a", "[1]"),
            ("b, a", "[2, 1]"),
            ("x", '[{"a": 1, "b": 2}]'),
            ("*, a", "[1]"),
            ("a, d=5", "[1, 5]"),
            ("a, /, b", "[1, 2]"),
            ("d=5, /, a=6", "[5, 1]"),
            ("a, /, **rest", '[1, {"b": 2}]'),
            ("**rest", '[{"a": 1, "b": 2}]'),
            ("a, *rest", "[1, []]"),
        ):
            names = re.sub(r"=\d", "", parameters).replace("/, ", "").replace("*, ", "").replace("*", "")
            run = Run(f"def main({parameters}): return [{names}]", arguments=b'{"a": 1, "b": 2}', fit=True)
            self.assert_returned(run, value)

    def test_a_main_that_does_not_fit_fails_as_python_has_it(self):
        for script, text in (
            ("def main(a, c): pass", "TypeError: main() missing 1 required positional argument: 'c'"),
            ("def main(c, /, a): pass", "TypeError: main() missing 1 required positional argument: 'c'"),
            ("def main(a):\n    return a\ncallable = len = 5", ""),
        ):
            run = Run(script, arguments=b'{"a": 1}', fit=True)
            self.assertEqual(
                (run.text if run.kind == harness.EXCEPTION else "", run.detail), (text, text and text + "\n")
            )
        run = Run(
            "class Main:\n    __signature__ = 5\n    def __call__(self, a): return a\nmain = Main()",
            arguments=b'{"a": 1}',
            fit=True,
        )
        self.assert_returned(run, "1")

    def test_what_runs_before_the_script_leaves_its_lines_as_they_are(self):
        script = "from __future__ import annotations\nprint(x)\n1 / 0"
        run = program(script, preamble=b"x = 5\n\n\n")
        self.assertEqual((run.out, run.text), ("5\n", "ZeroDivisionError: division by zero"))
        self.assertIn('File "script.py", line 3, in <module>\n    1 / 0\n', run.detail)

    def test_an_error_before_the_script_is_not_in_it(self):
        run = program("print(1)", preamble=b"1 / 0")
        self.assertEqual((run.out, run.text), ("", "ZeroDivisionError: division by zero"))
        self.assertIn('File "<preamble>", line 1, in <module>', run.detail)
        run = program("print(1)", preamble=b"(")
        self.assertEqual((run.kind, run.text), (harness.SYNTAX_ERROR, "SyntaxError: '(' was never closed (line 1)"))
        self.assertIn('File "<preamble>", line 1', run.detail)

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

    def test_memory_that_was_refused_has_a_kind_of_its_own(self):
        refused = "bytearray(1 << 62)"
        again = f"try: {refused}\n    except MemoryError as e: raise"
        pool = "multiprocessing.Pool(1).map(bytearray, [1 << 62])"
        for act in (
            refused,
            again,
            again + " e",
            again + " MemoryError('mine')",
            again + " MemoryError('mine') from e",
            again + " ValueError from e",
            f"list({refused} for _ in '1')",
            f"import multiprocessing\n    {pool}",
        ):
            with self.subTest(act):
                run = Run(f"def main():\n    {act}")
                kind = harness.EXCEPTION if "ValueError" in act else harness.MEMORY_ERROR
                self.assertEqual(run.kind, kind)
        limited = "import resource\nresource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))\n"
        for loop in ("x.append(bytearray(1 << 20))", "x.append([1])"):
            run = Run(f"{limited}x = []\ndef main():\n    while True: {loop}\n")
            self.assertEqual((run.kind, run.text), (harness.MEMORY_ERROR, "MemoryError"))

    def test_a_memory_error_that_the_script_raised_is_not_memory_that_was_refused(self):
        before = "class M(MemoryError): pass\ndef f(): raise MemoryError('mine')\n"
        again = "try: f()\n    except MemoryError as e: raise"
        for act in ("f()", "raise M('mine')", again, again + " e", again + " M('mine') from e"):
            for dialect in (harness.FUNCTION, harness.PROGRAM):
                with self.subTest(act):
                    run = Run(f"{before}def main():\n    {act}\nif __name__ == '__main__': main()", dialect)
                    self.assertEqual(run.kind, harness.RAISED_MEMORY_ERROR)
                    self.assertTrue(run.text.endswith(": mine"), run.text)
                    self.assertIn("Traceback", run.detail)

    def test_a_file_at_its_limit_has_a_kind_of_its_own(self):
        limited = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (999, 999))\n"
        write = "open('x', 'wb', 0).write(bytes(999) * 2) + open('x', 'ab', 0).write(b'x')"
        for act in (write, f"try: {write}\n    finally: import os; os.remove('x')"):
            with self.subTest(act):
                run = Run(f"{limited}def main():\n    {act}\n")
                self.assertEqual((run.kind, run.text), (harness.FILE_ERROR, "OSError: [Errno 27] File too large"))

    def test_what_is_not_about_space_for_files_is_an_exception(self):
        for code in ("EFBIG", "ENOSPC", "EDQUOT"):
            for dialect in (harness.FUNCTION, harness.PROGRAM):
                source = f"import errno\ndef main(): raise OSError(errno.{code}, 'mine')\n"
                run = Run(source + "if __name__ == '__main__': main()", dialect)
                self.assertEqual(run.kind, harness.EXCEPTION)
                self.assertTrue(run.text.endswith("mine"), run.text)
        full_device = "def main(): open('/dev/full', 'w', 1).write('\\n')"
        for source in (full_device, "def main(): open('/nope')"):
            self.assertEqual(Run(source).kind, harness.EXCEPTION)


if __name__ == "__main__":
    unittest.main()
