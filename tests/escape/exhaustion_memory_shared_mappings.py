# expect: held
# The same through mmap.mmap(-1, n), which gets files: what is touched and unmapped is scratch space.
import mmap

from prelude import *


def main():
    size = 1 << 20
    space = os.statvfs(TMP)
    kept, held = [], 0
    try:
        while held < 4 << 30:
            block = mmap.mmap(-1, size)
            block.write(b"x" * size)
            where = ctypes.addressof(ctypes.c_char.from_buffer(block))
            call("munmap", where + 4096, size - 4096)
            kept.append(block)
            held += size
    except OSError:
        pass
    seen("bytes beyond the scratch space", max(0, held - space.f_blocks * space.f_frsize))
    return verdict()
