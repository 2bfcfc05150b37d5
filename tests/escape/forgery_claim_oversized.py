# expect: answered
# timeout: 3
import sys


def main():
    sys._getframe(1).f_globals["_ended"] = lambda *_: (4, 0, b"x" * (100 << 20), b"y" * (100 << 20))
    return 42
