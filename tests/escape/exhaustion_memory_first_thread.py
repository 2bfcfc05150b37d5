# expect: memory_limit
# Six children of 250 MB each, whose first threads have ended: /proc shows the memory of such a process
# with its other threads only.
from prelude import *
import signal, threading


def hold(first_has_ended):
    first_has_ended.wait()
    kept = bytearray(b"x") * (250 << 20)
    while True:
        signal.pause()


def main():
    for _ in range(6):
        if os.fork() == 0:
            go = threading.Event()
            threading.Thread(target=hold, args=(go,)).start()
            go.set()
            call("exit", 0)
    signal.pause()
