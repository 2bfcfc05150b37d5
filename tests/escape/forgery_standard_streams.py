# expect: returned 42
import builtins, io, sys


def main():
    builtins.print = lambda *_: None
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = None
    sys.stdin = io.StringIO("forged")
    return 42
