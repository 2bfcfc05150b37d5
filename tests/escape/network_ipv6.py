# expect: held
# uid-expect: exception PermissionError: [Errno 1] Operation not permitted
from prelude import *
import socket

ADDRESSES = ["2606:4700:4700::1111", "fe80::1", "fd00::1", "ff02::1", "::ffff:1.1.1.1", "fd00:ec2::254"]


def main():
    for address in ADDRESSES:
        peer = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
        peer.settimeout(2)
        refused(
            f"connect to {address}", attempt(peer.connect, (address, 80)), "ENETUNREACH", "EINVAL", "EADDRNOTAVAIL"
        )
        sender = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        refused(
            f"send to {address}",
            attempt(sender.sendto, b"x", (address, 53)),
            "ENETUNREACH",
            "EINVAL",
            "EADDRNOTAVAIL",
        )
    return verdict()
