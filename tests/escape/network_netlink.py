# expect: held
# Routes, interfaces, audit, connector, uevents: the kernel's own protocols.
from prelude import *


def main():
    for protocol in range(0, 23):
        refused(f"netlink {protocol}", call("socket", 16, 3, protocol), "EPERM")
        refused(f"netlink {protocol}", call("socket", 16 | 0xFFFFFFFF << 32, 2, protocol), "EPERM")
    return verdict()
