"""Sent to /execute: runs test modules of the standard library, in the process that every script gets.

Its last line, which the sender adds, binds MODULES, the names of the modules or tests to run, and
LEFT_OUT, a regular expression of the tests that are not run. Returns {status: {id of a test: why}}.
Each test is named on stderr before it runs, so that one which ends the process is known.
"""

import os
import re
import unittest
from unittest.suite import _isnotsuite

LONGEST_REASON = 300


def name_of(test):
    """Its id; a fixture's too begins with the module."""
    fixture = re.fullmatch(r"(\w+) \((.*)\)", test.id())
    return f"{fixture[2]}.{fixture[1]}" if fixture else test.id()


class Recorder(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.outcomes = {}

    def record(self, test, status, why=""):
        # A test that fails in a subtest succeeds in the end.
        if self.outcomes.get(name_of(test), ("passed",))[0] != "failed":
            self.outcomes[name_of(test)] = (status, ascii(why)[1:-1][:LONGEST_REASON])

    def record_failure(self, test, error):
        kind, value, _ = error
        self.record(test, "failed", f"{kind.__name__}: {value}")

    def startTest(self, test):
        super().startTest(test)
        os.write(2, f"\n@ {test.id()}\n".encode())

    def addSuccess(self, test):
        self.record(test, "passed")

    def addSkip(self, test, reason):
        self.record(test, "skipped", str(reason))

    def addExpectedFailure(self, test, error):
        self.record(test, "passed")

    def addUnexpectedSuccess(self, test):
        self.record(test, "failed", "unexpected success")

    def addFailure(self, test, error):
        self.record_failure(test, error)

    def addError(self, test, error):
        self.record_failure(test, error)

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.record_failure(test, error)


def wanted(suite):
    """The suite without what is left out. Keeps its shape: fixtures of classes go with it."""
    kept = []
    for part in suite:
        if not _isnotsuite(part):
            kept.append(wanted(part))
        elif not re.fullmatch(LEFT_OUT, part.id()):
            kept.append(part)
    return unittest.TestSuite(kept)


def main():
    from test import support

    support.use_resources = ["subprocess"]  # nothing that takes long, fills disks or asks the network
    support.verbose = 0
    result = Recorder()
    for module in MODULES:
        try:
            suite = unittest.defaultTestLoader.loadTestsFromName(module)
        except unittest.SkipTest as skipped:
            result.outcomes[module] = ("skipped", str(skipped)[:LONGEST_REASON])
            continue
        wanted(suite).run(result)
    sorted_out = {}
    for test, (status, why) in result.outcomes.items():
        sorted_out.setdefault(status, {})[test] = why
    return sorted_out
