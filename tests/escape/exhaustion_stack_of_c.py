# expect: crashed Script was killed by signal 11 (SIGSEGV)
# Recursion in C, where no limit of Python's applies.
import sys


def main():
    sys.setrecursionlimit(10**9)
    value = []
    for _ in range(10**6):
        value = [value]
    return repr(value)
