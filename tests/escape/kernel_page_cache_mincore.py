# expect: held
from prelude import *
# mincore of files that one does not own says that everything is there.
import mmap


def main():
    cold = 0
    files = 0
    for directory, _, names in os.walk("/usr/lib/python3/dist-packages"):
        for name in names:
            path = os.path.join(directory, name)
            size = os.path.getsize(path) if os.path.isfile(path) else 0
            if size < 65536 or files > 200:
                continue
            files += 1
            with open(path, "rb") as file:
                memory = mmap.mmap(file.fileno(), size, prot=mmap.PROT_READ, flags=mmap.MAP_PRIVATE)
            address = ctypes.addressof(ctypes.c_char.from_buffer(bytearray(1)))
            pages = (ctypes.c_ubyte * ((size + 4095) // 4096))()
            _libc.mmap.restype = ctypes.c_void_p
            with open(path, "rb") as file:
                where = _libc.mmap(None, ctypes.c_size_t(size), 1, 2, file.fileno(), ctypes.c_long(0))
            call(27, where, size, pages)
            cold += pages[:].count(0)
            _libc.munmap(ctypes.c_void_p(where), ctypes.c_size_t(size))
    seen("pages that nobody has read", cold)
    return verdict()
