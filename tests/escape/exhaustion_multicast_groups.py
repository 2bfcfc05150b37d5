# expect: held
# Groups are joined in no time and left in quadratic time, when the run is over, under a lock that every new
# network of the machine needs.
from prelude import *
import socket

V4 = {35: struct.pack("!II", 0xE1000001, 0x7F000001), 39: struct.pack("!III", 0xE1000002, 0x7F000001, 0x7F000001)}
V6 = {option: bytes.fromhex("ff02" + "00" * 13 + "42") + struct.pack("I", 1) for option in (20, 27)}


def with_group(family, address):
    """A struct group_req, and one with a source."""
    room = struct.pack("H", family) + address
    return struct.pack("Ixxxx", 1) + room.ljust(128, b"\0") + room.ljust(128, b"\0")


def main():
    family = socket.AF_UNIX if TIER == "uid" else socket.AF_INET6
    one, two = (
        socket.socketpair()
        if TIER == "uid"
        else (socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket(family, socket.SOCK_DGRAM))
    )
    v4 = {**V4, **{option: with_group(2, b"\0\0" + V4[35][:4]) for option in (42, 46)}}
    v6 = {**V6, **{option: with_group(10, bytes(6) + V6[20][:16]) for option in (42, 46)}}
    for level, group, options in ((0, one, v4), (41, two, v6)):
        for option, value in options.items():
            for high in (0, 1 << 32):
                answer = call("setsockopt", group.fileno(), level | high, option | high, value, len(value))
                refused(f"option {option} of level {level}", answer, "EPERM")
    return verdict()
