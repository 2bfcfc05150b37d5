# expect: held
# TIOCSTI types for the one who started the service; TIOCLINUX pastes (CVE-2017-5226, CVE-2023-28339).
from prelude import *


def main():
    for request in (0x5412, 0x541C, 0x540E, 0x5401 + 1, 0x5423, 0x541D, 0x5422, 0x4B3A):
        for high in (0, 1 << 32, 0xFFFFFFFF << 32):
            for descriptor in (0, 1, 2):
                refused(f"ioctl {request:#x}", call("ioctl", descriptor, request | high, b"x"), "EPERM")
    refused("open /dev/tty", attempt(os.open, "/dev/tty", os.O_RDWR), "ENOENT", uid=("EACCES",))
    refused("open /dev/ptmx", attempt(os.open, "/dev/ptmx", os.O_RDWR), "ENOENT", uid=("EACCES",))
    return verdict()
