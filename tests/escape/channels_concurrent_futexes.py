# expect: held
# concurrent: 2
# open: a futex in a page of a library's file is one for all processes that have mapped the file, and threads need futexes
from prelude import *

WAIT, WAKE = 0, 1
MILLISECONDS = 10**6


def main():
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    file = os.open("/usr/bin/env", os.O_RDONLY)
    page = ctypes.c_void_p(libc.mmap(None, ctypes.c_size_t(4096), 1, 2, file, ctypes.c_long(0)))
    value = ctypes.c_uint32.from_address(page.value).value
    woken = set()
    if os.fork() == 0:  # waits, so that the other run's process finds one to wake
        patience = struct.pack("qq", 0, 5 * MILLISECONDS)
        end = time.monotonic() + 0.7
        while time.monotonic() < end:
            call("futex", page, WAIT, value, patience, 0, 0)
        os._exit(0)

    def look():
        answer = call("futex", page, WAKE, 100, 0, 0, 0)
        if isinstance(answer, Success) and answer.value > 1:  # one is our own child
            woken.add(answer.value)

    meet(look)
    seen("processes of another run that wait", woken)
    os.wait()
    return verdict()
