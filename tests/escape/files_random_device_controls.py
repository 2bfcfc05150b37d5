# expect: held
# RNDADDENTROPY, RNDCLEARPOOL, RNDADDTOENTCNT: all processes share the pool.
from prelude import *


def main():
    descriptor = os.open("/dev/urandom", os.O_RDWR)
    for request in (0x40085203, 0x5206, 0x5204, 0x40045201, 0x5207):
        filtered_answer = call("ioctl", descriptor, request, NOWHERE)
        refused(f"ioctl {request:#x} of urandom", filtered_answer, "EPERM")
    return verdict()
