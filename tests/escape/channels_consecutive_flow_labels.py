# expect: held
# runs: 8
# uid-expect: exception PermissionError: [Errno 1] Operation not permitted
# Flow labels stay in the network for up to a minute after the socket that asked for them is closed.
from prelude import *
import socket


def main():
    own = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    request = (
        socket.inet_pton(socket.AF_INET6, "::1")
        + struct.pack(">I", 0x12345)
        + struct.pack("=BBHHHI", 0, 1, 3, 60, 60, 0)
    )
    refused("a flow label", call("setsockopt", own.fileno(), 41, 32, request, len(request)), "EPERM")
    refused("with high bits", call("setsockopt", own.fileno(), 41, 32 | 1 << 32, request, len(request)), "EPERM")
    refused("with high bits", call("setsockopt", own.fileno(), 41 | 1 << 32, 32, request, len(request)), "EPERM")
    return verdict()
