# expect: held
# Every family that the kernel knows, but unix, IPv4 and IPv6; with high bits as well.
from prelude import *


def main():
    for family in range(0, 64):
        if family in (1, 2, 10):
            continue
        for kind in (1, 2, 3, 5):
            refused(f"a socket of family {family}", call("socket", family, kind, 0), "EPERM")
            refused(f"a socket of family {family}", call("socket", family | 1 << 32, kind, 0), "EPERM")
        refused(f"a pair of family {family}", call("socketpair", family, 1, 0, b"\0" * 8), "EPERM")
    return verdict()
