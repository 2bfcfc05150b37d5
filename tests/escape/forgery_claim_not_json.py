# expect: invalid_result
import sys


def main():
    sys._getframe(1).f_globals["_ended"] = lambda *_: (0, 0, b'{"result": 1}, "error_type": "forged"', b"")
    return 42
