# expect: returned 42 or timeout or exited
# timeout: 0.5
# With high bits set the filter sees another number; a script can only lose its own answer so.
import ctypes, os


def main():
    reader, writer = os.pipe()
    ctypes.CDLL(None).syscall(33, ctypes.c_ulong(writer), ctypes.c_ulong(1000 | 1 << 32))
    return 42
