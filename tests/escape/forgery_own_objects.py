# expect: answered
# Overwrites objects that the harness is about to use, the function that has just run among them.
import ctypes


def main():
    ctypes.memset(id(main), 0, 64)
    return 42
