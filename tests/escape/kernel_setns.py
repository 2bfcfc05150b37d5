# expect: held
from prelude import *


def main():
    pidfd = os.pidfd_open(os.getpid())
    for kind in (0, 1 << 17, 1 << 26, 1 << 27, 1 << 28, 1 << 29, 1 << 30):
        refused(f"setns {kind:#x}", call("setns", pidfd, kind), "EPERM")
        refused(f"setns {kind:#x} of a bad descriptor", call("setns", NOWHERE, kind), "EPERM")
    # PIDFD_GET_*_NAMESPACE and NS_GET_*: ioctls that hand out namespace descriptors.
    for request in range(0xFF01, 0xFF0C):
        refused(f"ioctl {request:#x} of a pidfd", call("ioctl", pidfd, request, 0), "EPERM")
    for request in (0xB701, 0xB702, 0xB703, 0xB704, 0x8008B705):
        refused(f"ioctl {request:#x}", call("ioctl", 0, request, 0), "EPERM")
    return verdict()
