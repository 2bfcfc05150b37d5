# expect: memory_limit
# The same, in processes that have left their parents.
import os, signal, time


def main():
    for _ in range(6):
        if os.fork() == 0:
            if os.fork() == 0:
                os.setsid()
                kept = bytearray(b"x") * (250 << 20)
                signal.pause()
            os._exit(0)
    time.sleep(20)
