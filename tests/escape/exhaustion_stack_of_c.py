# expect: crashed Script was killed by signal 11 (SIGSEGV)
# Recursion in C, where no limit of Python's applies: from Python 3.12 on only the C library's own.
import ctypes
import sys


def main():
    if sys.version_info >= (3, 12):
        return ctypes.CDLL(None).regcomp(ctypes.create_string_buffer(512), b"(" * 10**6, 1)
    sys.setrecursionlimit(10**9)
    value = []
    for _ in range(10**6):
        value = [value]
    return repr(value)
