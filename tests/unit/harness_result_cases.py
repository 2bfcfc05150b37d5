"""The harness in a plain interpreter: what main() returns, and scripts that have no main().

A standalone program for Python 3.11 or newer: `/usr/bin/python3 tests/unit/harness_result_cases.py`.
"""

import unittest

from harness_run import Case, Run, harness, numeric, returning


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

    def test_brackets_and_quotes_in_strings_are_no_levels(self):
        key = '"]}[{\\\\'
        for kind in ("{%r: a}" % key, "[%r, a, %r]" % (key, key)):
            nested = f"a = 1\nfor _ in range({{}}):\n    a = {kind.replace('{', '{{').replace('}', '}}')}\n"
            nested += "def main():\n    return a\n"
            with self.subTest(kind):
                self.assertEqual(Run(nested.format(200)).kind, harness.RETURNED)
                refused = "result is nested deeper than 200 levels"
                self.assert_refused(Run(nested.format(201)), refused)

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
            "pd.RangeIndex(1)": "result is a RangeIndex: call .tolist() on it",
            "{pd.Timestamp(0): 1}": ("result has a key that is a Timestamp: call .isoformat() on it"),
            "pd.NaT": "result is NaT",
            "np.array([1.0, np.nan])": "result[1] is NaN",
            "np.array([1j])": "result[0] is a complex",
            "np.datetime64('2024-01-01')": "result is a datetime64: call .astype(str) on it",
            "np.array(['2024'], 'M8[Y]')": ("result is an array of datetime64[Y]: call .astype(str) on it"),
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


if __name__ == "__main__":
    unittest.main()
