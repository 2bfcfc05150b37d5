# expect: answered
# What the harness returns is replaced by what no ending is.
import sys


def main():
    claim = (250, -1, b"\xff" * 100, b"\0" * 100)
    sys._getframe(1).f_globals["_ended"] = lambda *_: claim
    return 42
