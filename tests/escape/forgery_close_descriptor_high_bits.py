# expect: answered
import ctypes


def main():
    ctypes.CDLL(None).syscall(3, ctypes.c_ulong(3 | 1 << 32))
    return 42
