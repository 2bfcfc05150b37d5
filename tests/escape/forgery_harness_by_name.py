# expect: returned 42
# No name leads to the harness: not in sys.modules, not by import.
import importlib, sys


def main():
    for name in (
        "harness",
        "_executor_harness",
        "_executor_result",
        "_executor_report",
        "_executor_script",
        "executor",
        "runner",
    ):
        if name in sys.modules:
            return f"found {name}"
        try:
            importlib.import_module(name)
            return f"imported {name}"
        except ImportError:
            pass
    return 42
