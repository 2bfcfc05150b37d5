# expect: returned 42
# The kernel looks at the low half of a descriptor only.
import ctypes, os


def main():
    reader, writer = os.pipe()
    ctypes.CDLL(None).syscall(33, ctypes.c_ulong(writer), ctypes.c_ulong(1000 | 1 << 32))
    return 42
