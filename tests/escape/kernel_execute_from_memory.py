# expect: held
# A script may run its own machine code: it meets the same filter, also in another program.
from prelude import *
import subprocess, mmap

# mount(0, 0, 0, 0, 0), and a return.
CODE = {
    "x86_64": "b8a5000000" "31ff" "31f6" "31d2" "4d31d2" "4d31c0" "0f05" "c3",
    "aarch64": "080580d2" "000080d2" "010080d2" "020080d2" "030080d2" "040080d2" "010000d4" "c0035fd6",
}


def main():
    page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    page.write(bytes.fromhex(CODE[os.uname().machine]))
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    seen("memory that stays without execution", _libc.mprotect(ctypes.c_void_p(address), 4096, 7) != 0)
    answer = ctypes.CFUNCTYPE(ctypes.c_long)(address)()
    refused("mount, hand-made", errno.errorcode.get(-answer, Success(answer)), "EPERM")
    script = "import ctypes; l = ctypes.CDLL(None, use_errno=True); l.unshare(1 << 28); print(ctypes.get_errno())"
    done = subprocess.run(["/usr/bin/python3", "-I", "-c", script], capture_output=True, text=True)
    seen("a namespace in another program", done.stdout.strip() != "1" and (done.stdout, done.stderr))
    return verdict()
