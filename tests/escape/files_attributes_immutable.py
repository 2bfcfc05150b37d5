# expect: held
# chattr and project quotas go through ioctls; on the sandbox's own files as well.
from prelude import *


def main():
    own = os.open(f"{TMP}/file", os.O_RDWR | os.O_CREAT)
    system = os.open("/usr/bin/env", os.O_RDONLY)
    for request in (0x40086602, 0x401C5820, 0xC0045878, 0x40049409, 0x4020940D, 0x1276, 0xC0185879):
        for descriptor in (own, system):
            refused(f"ioctl {request:#x}", call("ioctl", descriptor, request, NOWHERE), "EPERM")
            refused(
                f"ioctl {request:#x} with high bits", call("ioctl", descriptor, request | 1 << 40, NOWHERE), "EPERM"
            )
    return verdict()
