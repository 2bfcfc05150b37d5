# expect: held
# Raw and packet sockets, pings.
from prelude import *
import socket


def main():
    for family in (socket.AF_INET, socket.AF_INET6):
        for protocol in (1, 6, 58, 255):
            refused("a raw socket", call("socket", family, socket.SOCK_RAW, protocol), "EPERM")
        refused(
            "a ping socket", call("socket", family, socket.SOCK_DGRAM, 1 if family == 2 else 58), "EPERM", "EACCES"
        )
    for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM):
        refused("a packet socket", call("socket", socket.AF_PACKET, kind, 0x300), "EPERM")
    return verdict()
