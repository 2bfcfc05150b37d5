# expect: memory_limit
# timeout: 20
# Processes that change thousands of mappings all the time hold up a walk over them, and so the count.
import ctypes, os, signal

PAGE, MAPPINGS = 4096, 40000
PROT_READ, PROT_WRITE, MAP_PRIVATE_ANONYMOUS = 1, 2, 0x22


def main():
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    size = ctypes.c_size_t(MAPPINGS * PAGE)
    base = libc.mmap(None, size, PROT_READ, MAP_PRIVATE_ANONYMOUS, -1, 0)
    for page in range(0, MAPPINGS, 2):
        libc.mprotect(ctypes.c_void_p(base + page * PAGE), ctypes.c_size_t(PAGE), 0)
    for _ in range(8):
        if os.fork() == 0:
            kept = bytearray(b"x") * (120 << 20)
            while True:
                libc.mprotect(ctypes.c_void_p(base), size, PROT_READ)
                libc.mprotect(ctypes.c_void_p(base), size, PROT_READ | PROT_WRITE)
    while True:
        signal.pause()
