# expect: memory_limit
# timeout: 20
# Thirty processes share what is slow to count, and then take memory of their own: more than a gigabyte
# before the count is over, if nothing else were looked at meanwhile.
import os, signal

SHARED, EACH, COUNT = 420, 40, 30


def main():
    kept = bytearray(b"x") * (SHARED << 20)
    wait, go = os.pipe()
    grown, tell = os.pipe()
    for _ in range(COUNT):
        if os.fork() == 0:
            os.close(go)
            os.read(wait, 1)
            more = bytearray(b"y") * (EACH << 20)
            os.write(tell, b".")
            signal.pause()
    os.close(go)
    count = 0
    while count < COUNT:
        count += len(os.read(grown, 100))
    signal.pause()
