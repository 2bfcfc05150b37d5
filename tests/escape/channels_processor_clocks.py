# expect: held
# Each process has a clock of its processor time, named by its id, that any other process may read.
from prelude import *
import threading

PROCESS_CLOCK = 2


def main():
    time.clock_gettime(time.pthread_getcpuclockid(threading.get_ident()))
    time.clock_gettime(time.CLOCK_PROCESS_CPUTIME_ID)
    others = [pid for pid in range(1, 40_000) if pid != os.getpid()]
    found = [pid for pid in others if isinstance(attempt(time.clock_gettime, ~pid << 3 | PROCESS_CLOCK), Success)]
    seen("the processor time of other processes", found)
    parent = ~os.getppid() << 3 | PROCESS_CLOCK if TIER == "uid" else ~39_999 << 3 | PROCESS_CLOCK
    room = ctypes.create_string_buffer(64)
    for name in ("clock_gettime", "clock_getres", "timer_create"):
        for high in (0, 1 << 32):
            clock = (parent & 0xFFFFFFFF) | high
            refused(name, call(name, clock, 0 if name == "timer_create" else room, room), "EINVAL", uid=["EPERM"])
    refused("clock_nanosleep", call("clock_nanosleep", parent, 0, bytes(16), None), "EINVAL", uid=["EPERM"])
    return verdict()
