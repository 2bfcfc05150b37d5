"""Runs test suites inside the sandbox and outside, and compares: what works in a plain interpreter
must work in a script, but for the differences that differences.txt lists with their reasons.

Each test is one unit of the table in units.txt. COMPAT=full in the environment takes all of them,
otherwise those that are marked as quick. A listed difference that is none any more fails as well.
"""

import os
import re
import sys
import unittest

from service import Ended, Service, run_outside

HERE = os.path.dirname(os.path.abspath(__file__))
FULL = os.environ.get("COMPAT") == "full"
LIMIT = 600  # seconds for one unit in one place
ENDING_LIMIT = 20  # seconds for a test that ends its run

SCRIPTS = {}
for kind in ("stdlib", "pytest"):
    with open(f"{HERE}/{kind}_script.py", encoding="utf-8") as file:
        SCRIPTS[kind] = file.read()


def lines_of(name):
    with open(f"{HERE}/{name}", encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                yield line.rstrip("\n")


class Unit:
    """A line of units.txt: when, with what, modules."""

    def __init__(self, line):
        when, self.kind, *self.modules = line.split()
        self.quick = when == "quick"
        self.name = re.sub(r"\W", "_", "_".join(m.removeprefix("test.test_") for m in self.modules))

    def has(self, test):
        if self.kind == "pytest":
            return any(test.startswith(module.replace(".", "/") + "/") for module in self.modules)
        return any(test.startswith(module + ".") or test == module for module in self.modules)


class Difference:
    """A line of differences.txt: status inside, status outside, test. In all three * stands for
    anything."""

    def __init__(self, line):
        self.inside, outside, self.test = line.split(maxsplit=2)
        self.outside = outside.removesuffix("?")
        self.everywhere = not outside.endswith("?")
        self.pattern = re.escape(self.test).replace(r"\*", ".*")

    def covers(self, test, inside, outside):
        return re.fullmatch(self.pattern, test) and self.inside in ("*", inside) and self.outside in ("*", outside)


UNITS = [Unit(line) for line in lines_of("units.txt")]
DIFFERENCES = [Difference(line) for line in lines_of("differences.txt") if line.startswith("  ")]
# Not run with the others.
ENDING = [d for d in DIFFERENCES if d.inside == "ended"]
UNRUN = [d for d in DIFFERENCES if d.inside == "unrun"]
LASTING = [d for d in DIFFERENCES if d not in ENDING and d not in UNRUN]


def script_for(kind, modules, left_out=""):
    return f"{SCRIPTS[kind]}\n\nMODULES = {modules!r}\nLEFT_OUT = {left_out!r}\n"


def outcomes(run, unit):
    """{test: (status, why)} of the unit in one place."""
    left_out = "|".join(d.pattern for d in ENDING + UNRUN)
    found = run(script_for(unit.kind, unit.modules, left_out), LIMIT)
    return {test: (status, why) for status, tests in found.items() for test, why in tests.items()}


def compare(service, unit):
    """What differs and should not, and what should differ and does not."""
    inside = outcomes(service.run, unit)
    outside = outcomes(run_outside, unit)
    unexpected, seen = {}, set()
    for test in sorted(inside.keys() | outside.keys()):
        here, why_here = inside.get(test, ("absent", ""))
        there, why_there = outside.get(test, ("absent", ""))
        if here == there:
            continue
        covering = [d for d in LASTING if d.covers(test, here, there)]
        seen.update(d.test for d in covering)
        if not covering:
            unexpected[test] = f"  {here} {there} {test}\n      in: {why_here}\n      out: {why_there}"
    vanished = {d.test for d in LASTING if d.everywhere and unit.has(d.test)} - seen
    return len(inside), unexpected, vanished


class Compatibility(unittest.TestCase):
    compared = 0  # tests, in all units

    @classmethod
    def setUpClass(cls):
        cls.service = Service().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.service.__exit__()
        print(f"{Compatibility.compared} tests compared", file=sys.stderr)

    def check(self, unit):
        count, unexpected, vanished = compare(self.service, unit)
        self.assertGreater(count, 0, "no test was found")
        Compatibility.compared += count
        if unexpected or vanished:
            # Some tests are about time, and this machine is busy: what counts is what stays.
            _, again, still = compare(self.service, unit)
            unexpected = {test: text for test, text in again.items() if test in unexpected}
            vanished &= still
        for ending in ENDING:
            if unit.has(ending.test):
                self.check_ending(unit, ending.test)
        if unexpected or vanished:
            lines = ["unexpected:", *unexpected.values(), "vanished:", *sorted(vanished)]
            self.fail("\n".join(lines))

    def check_ending(self, unit, test):
        with self.assertRaises(Ended, msg=f"{test} no longer ends its run"):
            self.service.run(script_for(unit.kind, [test]), ENDING_LIMIT)
        self.assertIn("passed", run_outside(script_for(unit.kind, [test]), LIMIT))

    def test_every_listed_difference_belongs_to_a_unit(self):
        lost = [d.test for d in DIFFERENCES if not any(unit.has(d.test) for unit in UNITS)]
        self.assertEqual(lost, [])


def test_of(unit):
    return lambda self: self.check(unit)


for one in UNITS:
    if one.quick or FULL:
        setattr(Compatibility, f"test_{one.name}", test_of(one))


if __name__ == "__main__":
    unittest.main(verbosity=2)
