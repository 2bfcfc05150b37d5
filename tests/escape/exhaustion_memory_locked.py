# expect: held
from prelude import *
import mmap


def main():
    memory = mmap.mmap(-1, 32 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    where = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    refused("lock 32 MB", call("mlock", where, 32 << 20), "ENOMEM", "EPERM")
    filtered("mlock2", where, 32 << 20, 0)
    filtered("mlockall", 7)
    refused("map locked memory", call("mmap", 0, 32 << 20, 3, 0x2022, -1, 0), "EAGAIN", "EPERM")
    return verdict()
