# expect: answered
# Through the frames everything can be reached and changed; it is the script's own answer.
import sys


def main():
    frame = sys._getframe()
    while frame is not None:
        for name in list(frame.f_globals):
            if not name.startswith("__") and frame.f_globals is not globals():
                frame.f_globals[name] = lambda *_, **__: (0, 0, b'"forged"', b"")
        frame = frame.f_back
    return 42
