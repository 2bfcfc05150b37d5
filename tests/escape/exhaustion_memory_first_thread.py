# expect: memory_limit
# Six children of 250 MB each, whose first threads have ended: /proc shows the memory of such a process
# with its other threads only.
import ctypes, os, signal, threading

SYS_EXIT = 60


def hold(first_has_ended):
    first_has_ended.wait()
    kept = bytearray(b"x") * (250 << 20)
    while True:
        signal.pause()


def main():
    libc = ctypes.CDLL(None)
    for _ in range(6):
        if os.fork() == 0:
            go = threading.Event()
            threading.Thread(target=hold, args=(go,)).start()
            go.set()
            libc.syscall(SYS_EXIT, 0)
    signal.pause()
