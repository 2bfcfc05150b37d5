# expect: exception
import sys


def main(depth=0):
    sys.setrecursionlimit(10**6)
    if depth < 2000:
        main(depth + 1)
    raise ExceptionGroup("x" * 100000, [ValueError("y" * 100000) for _ in range(200)])
