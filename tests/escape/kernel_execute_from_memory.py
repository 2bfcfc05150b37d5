# expect: held
# A script may run its own machine code: it meets the same filter, also in another program.
from prelude import *
import subprocess, mmap

# mov eax, 165; syscall; ret
CODE = bytes.fromhex("b8a5000000" "31ff" "31f6" "31d2" "4d31d2" "4d31c0" "0f05" "c3")


def main():
    page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=7)
    page.write(CODE)
    answer = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
    refused("mount, hand-made", errno.errorcode.get(-answer, Success(answer)), "EPERM")
    script = (
        "import ctypes; l = ctypes.CDLL(None, use_errno=True); l.syscall(272, 1 << 28); print(ctypes.get_errno())"
    )
    done = subprocess.run(["/usr/bin/python3", "-I", "-c", script], capture_output=True, text=True)
    seen("a namespace in another program", done.stdout.strip() != "1" and (done.stdout, done.stderr))
    return verdict()
