# expect: held
# Does what the filter forbids, out of its sight.
from prelude import *


def main():
    filtered("io_uring_setup", 8, b"\0" * 120)
    filtered("io_uring_enter", 0, 1, 0, 0, 0, 0)
    filtered("io_uring_register", 0, 0, 0, 0)
    filtered("io_setup", 8, ctypes.byref(ctypes.c_ulong()))
    filtered("io_submit", 0, 0, 0)
    return verdict()
