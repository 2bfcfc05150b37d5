# expect: timeout
# timeout: 0.4
# vfork holds the parent in a sleep that only a deadly signal ends.
import ctypes


def main():
    libc = ctypes.CDLL(None)
    if libc.syscall(58) == 0:
        libc.pause()
