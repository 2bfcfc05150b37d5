# expect: held
# Advice on memory that is more than advice: to share equal pages with others, to give pages of the libraries back
# while others use them, to call the machine's memory broken.
from prelude import *
import mmap

ADVICE = {
    "merge": 12,
    "do not merge": 13,
    "cold": 20,
    "page out": 21,
    "collapse": 25,
    "poison": 100,
    "soft offline": 101,
    "none": 4096,
}


def main():
    memory = mmap.mmap(-1, 1 << 22, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory[:4096] = bytes(4096)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    for name, advice in ADVICE.items():
        for high in (0, 1 << 32):
            refused(name, call("madvise", address, 4096, advice | high), "EPERM")
    return verdict()
