# expect: held
# mincore of files that one does not own says that everything is there.
from prelude import *


def main():
    _libc.mmap.restype = ctypes.c_void_p
    cold = 0
    files = 0
    for directory, _, names in os.walk("/usr/lib/python3/dist-packages"):
        for name in names:
            path = os.path.join(directory, name)
            size = os.path.getsize(path) if os.path.isfile(path) else 0
            if size < 65536 or files > 200:
                continue
            files += 1
            pages = (ctypes.c_ubyte * ((size + 4095) // 4096))()
            with open(path, "rb") as file:
                where = _libc.mmap(None, ctypes.c_size_t(size), 1, 2, file.fileno(), ctypes.c_long(0))
            call("mincore", where, size, pages)
            cold += pages[:].count(0)
            _libc.munmap(ctypes.c_void_p(where), ctypes.c_size_t(size))
    seen("nothing to look at", files == 0)
    seen("pages that were never read", cold)
    return verdict()
