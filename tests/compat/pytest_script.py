"""Sent to /execute: runs tests of an installed package with pytest, as stdlib_script.py does."""

import importlib.util
import os
import re
import sys

LONGEST_REASON = 300


class Recorder:
    def __init__(self):
        self.outcomes = {}

    def pytest_runtest_logstart(self, nodeid, location):
        os.write(2, f"\n@ {nodeid}\n".encode(errors="replace"))

    def pytest_collection_modifyitems(self, items):
        items[:] = [item for item in items if not re.fullmatch(LEFT_OUT, item.nodeid)]

    def pytest_collectreport(self, report):
        if report.failed:
            self.outcomes[report.nodeid] = ("failed", str(report.longrepr)[-LONGEST_REASON:])

    def pytest_runtest_logreport(self, report):
        known = self.outcomes.get(report.nodeid, ("passed", ""))[0]
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            why = crash.message if crash else str(report.longrepr)
            self.outcomes[report.nodeid] = ("failed", why[:LONGEST_REASON])
        elif report.skipped and known != "failed":
            expected = hasattr(report, "wasxfail")
            self.outcomes[report.nodeid] = ("passed" if expected else "skipped", "")
        elif known == "passed":
            self.outcomes[report.nodeid] = ("passed", "")


def place_of(module):
    """Its directory or file: pytest reads the options of conftest.py only where it is given a path."""
    spec = importlib.util.find_spec(module)
    return (spec.submodule_search_locations or [spec.origin])[0]


def main():
    # Not what this is about, and not there on every machine.
    sys.modules["matplotlib"] = None
    import pytest

    recorder = Recorder()
    options = "-q --no-summary --capture=no -p no:cacheprovider -c /dev/null"
    if MODULES[0].startswith("pandas."):
        options += " --skip-slow --skip-network --skip-db"
    # Where Debian has its packages: the ids of tests begin there.
    root = "--rootdir=/usr/lib/python3/dist-packages"
    fast = ["-m", "not slow and not network"]
    pytest.main([*options.split(), *fast, root, *map(place_of, MODULES)], plugins=[recorder])
    sorted_out = {}
    for test, (status, why) in recorder.outcomes.items():
        sorted_out.setdefault(status, {})[ascii(test)[1:-1]] = ascii(why)[1:-1]
    return sorted_out
