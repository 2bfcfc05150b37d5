# expect: invalid_result or returned 42
# As deep as the result may be long: what checks and prints it must not recurse so far.
import sys


def main():
    deep = b"[" * 4000000 + b"]" * 4000000
    sys._getframe(1).f_globals["_ended"] = lambda *_: (0, 0, deep, b"")
    return 42
