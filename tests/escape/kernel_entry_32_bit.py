# expect: held
# architecture: x86_64
# int 0x80 enters with the numbers of 32-bit programs: write is 4 there, and 4 is stat here.
from prelude import *
import mmap

CODE = bytes.fromhex("53" "89f8" "89f3" "89d1" "89ca" "cd80" "5b" "c3")


def enter(number, first=0, second=0):
    """eax = number, ebx = first, ecx = edx = second"""
    page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=7)
    page.write(CODE)
    function = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int)
    answer = function(ctypes.addressof(ctypes.c_char.from_buffer(page)))(number, first, second)
    return errno.errorcode.get(-answer, str(answer)) if answer < 0 else Success(answer)


def main():
    # getpid, socketcall, mount, ptrace, unshare, mkdir, clone3: for every number
    for number in (20, 102, 21, 26, 310, 39, 435, 5, 4, 120):
        refused(f"int 0x80 {number}", enter(number), "ENOSYS")
    return verdict()
