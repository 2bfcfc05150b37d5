# expect: held
# A file may claim no more than its limit, written or not.
from prelude import *


def main():
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    file = os.open(f"{TMP}/file", os.O_RDWR | os.O_CREAT)
    refused("a terabyte", attempt(os.ftruncate, file, 1 << 40), "EFBIG")
    refused("a byte far away", attempt(os.pwrite, file, b"x", 1 << 40), "EFBIG")
    refused("allocate", attempt(os.posix_fallocate, file, 0, 1 << 40), "EFBIG", "ENOSPC")
    refused("40 MB", attempt(os.ftruncate, file, 40 << 20), "EFBIG")
    return verdict()
