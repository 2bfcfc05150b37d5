# expect: returned 42
# There is no frame of the harness's below the script's.
import sys


def main():
    frame = sys._getframe()
    while frame is not None:
        for name in list(frame.f_globals):
            if not name.startswith("__") and frame.f_globals is not globals():
                frame.f_globals[name] = lambda *_, **__: (0, 0, b'"forged"', b"")
        frame = frame.f_back
    return 42
