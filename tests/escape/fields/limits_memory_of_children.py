# expect: memory_limit Script exceeded the memory limit of 96 MB
# fields: "limits": {"memory_mb": 96}
# Each child stays below the lowered limit, and all of them together are far above it.
import os, signal


def main():
    for _ in range(6):
        if os.fork() == 0:
            kept = bytearray(os.urandom(1 << 20)) * 50
            signal.pause()
    signal.pause()
