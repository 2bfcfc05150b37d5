# expect: returned 42
import ctypes


def main():
    ctypes.CDLL(None).syscall(3, ctypes.c_ulong(1000 | 1 << 32))
    return 42
