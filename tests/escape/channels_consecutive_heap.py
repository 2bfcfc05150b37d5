# expect: held
# runs: 6
# Looks through its own memory for a mark that an earlier run left in its.
from prelude import *


def readable(start, end):
    """The memory between two addresses; what is not mapped is left out. Through a file: what is not mapped
    fills a pipe of older kernels with empty pages."""
    file = os.open(f"{TMP}/pages", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    for at in range(start, end, 4096):
        call("write", file, at, 4096)
    return os.pread(file, end - start, 0)


def main():
    top = call("brk", 0).value
    arena = id(object()) & ~0xFFFFF
    memory = readable(top - (8 << 20), top) + readable(arena - (2 << 20), arena + (2 << 20))
    # Only now is the mark itself in this process's memory.
    mark = bytes(c ^ 1 for c in b"qxuino,dydbtunr,dsb`qd,l`sj")
    seen("nothing to look through", len(memory) < 1 << 20 and len(memory))
    seen("bytes of an earlier run", memory.count(mark))
    kept = [bytearray(mark * 200) for _ in range(1000)]
    return verdict()
