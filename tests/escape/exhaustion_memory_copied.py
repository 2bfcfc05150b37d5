# expect: memory_limit
# timeout: 20
# Twenty processes write to what they share: each gets a copy of its own, and none maps more than before.
import os, signal


def main():
    kept = bytearray(b"x") * (300 << 20)
    for _ in range(20):
        if os.fork() == 0:
            for page in range(0, len(kept), 4096):
                kept[page] = 1
            signal.pause()
    while True:
        signal.pause()
