# expect: held
# POSIX timers are the kernel's memory: their number is limited.
from prelude import *


def main():
    answer = None
    timer = ctypes.c_int()
    made = 0
    for made in range(100000):
        answer = call("timer_create", 1, 0, ctypes.byref(timer))
        if not isinstance(answer, Success):
            break
    refused("one more timer", answer, "EAGAIN")
    seen("more timers than the limit", made > 1100 and made)
    return verdict()
