# expect: returned 42
import sys


class Stream:
    def __getattribute__(self, name):
        raise SystemExit("forged")


def main():
    sys.stdout = sys.stderr = Stream()
    return 42
