# expect: memory_limit
# Six children of 250 MB each: each of them is within the limit.
import os, signal


def main():
    for _ in range(6):
        if os.fork() == 0:
            kept = bytearray(b"x") * (250 << 20)
            signal.pause()
    signal.pause()
