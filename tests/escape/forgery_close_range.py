# expect: returned 42
import ctypes


def main():
    libc = ctypes.CDLL(None)
    for first, last in ((0, 2**32 - 1), (0, 3), (3, 3), (3, 1000), (1, 4), (4, 1000)):
        for flags in (0, 2, 4):
            libc.syscall(436, first, last, flags)
    return 42
