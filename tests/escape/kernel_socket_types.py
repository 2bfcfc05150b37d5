# expect: held
# A type or protocol of sockets that the kernel does not know makes it start modprobe, as root and outside of
# every limit of the run.
from prelude import *

INTERNET = {(1, 0), (1, 6), (2, 0), (2, 17)}
KNOWN = {1: {(kind, protocol) for kind in (1, 2, 5) for protocol in (0, 1)}, 2: INTERNET, 10: INTERNET}
FLAGS = (0, 0o2004000, 1 << 20, 1 << 32)  # SOCK_CLOEXEC and SOCK_NONBLOCK; an invalid one; a high bit


def main():
    pair = (ctypes.c_int * 2)()
    for family, known in KNOWN.items():
        for kind in range(16):
            for protocol in (0, 1, 2, 6, 17, 33, 132, 255):
                if (kind, protocol) in known:
                    continue
                for flags in FLAGS:
                    what = f"of family {family}, type {kind | flags:#x}, protocol {protocol}"
                    refused(f"a socket {what}", call("socket", family, kind | flags, protocol), "EPERM")
                    refused(f"a pair {what}", call("socketpair", family, kind | flags, protocol, pair), "EPERM")
    return verdict()
