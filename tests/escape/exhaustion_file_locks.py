# expect: timeout or returned "many"
# timeout: 1
# Each lock of a byte is an object in the kernel; they go with the run.
from prelude import *
import fcntl


def main():
    file = open(f"{TMP}/file", "wb+")
    for byte in range(0, 20000, 2):
        fcntl.lockf(file, fcntl.LOCK_EX, 1, byte)
    return "many"
