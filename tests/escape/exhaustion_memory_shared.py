# expect: held
# Shared anonymous memory, touched and unmapped but for one page, is in no process's count and stays.
from prelude import *


def main():
    size = 64 << 20
    held = 0
    for _ in range(10):
        where = call("mmap", 0, size, 3, 0x21, -1, 0)
        if not isinstance(where, Success):
            refused("shared memory without a file", where, "EPERM")
            continue
        ctypes.memset(where.value, 1, size)
        call("munmap", where.value + 4096, size - 4096)
        held += size
    refused("the same with high bits", call("mmap", 0, size, 3, 0x21 | 1 << 32, -1, 0), "EPERM")
    refused("the same, validated", call("mmap", 0, size, 3, 0x23, -1, 0), "EPERM")
    seen("bytes that are not counted", held)
    return verdict()
