# expect: held
# uid-expect: exception PermissionError: [Errno 1] Operation not permitted
# Options that need CAP_NET_ADMIN or CAP_NET_RAW in the network's own namespace.
from prelude import *
import socket


def main():
    own = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    for level, option, what in (
        (0, 64, "iptables"),
        (0, 19, "transparent"),
        (1, 36, "mark"),
        (1, 25, "bind to device"),
        (1, 32, "forced send buffer"),
        (1, 33, "forced receive buffer"),
    ):
        value = b"lo\0\0" if option == 25 else struct.pack("i", 1) * 24
        answer = call("setsockopt", own.fileno(), level, option, value, len(value))
        if option != 25:
            refused(what, answer, "EPERM")
    other = socket.socket(socket.AF_INET6)
    refused("ip6tables", call("setsockopt", other.fileno(), 41, 64, b"\0" * 96, 96), "EPERM")
    refused("port 80", attempt(own.bind, ("127.0.0.1", 80)), "EACCES")
    return verdict()
