# expect: held
# uid-expect: exception PermissionError: [Errno 1] Operation not permitted
# Options in which the kernel has had faults: TLS and other protocols on top of TCP, IPsec in UDP,
# segmentation, the script's own filters and programs on a socket, the firewall's tables.
from prelude import *
import socket

OPTIONS = {
    socket.SOCK_STREAM: {(6, 31): b"tls\0", (6, 23): 5, (6, 19): 1, (6, 38): b"x" * 16, (0, 64): b"x" * 96},
    socket.SOCK_DGRAM: {(17, 100): 2, (17, 101): 1, (17, 103): 1000, (17, 104): 1, (0, 128): b"x" * 96},
}
SOCKET_OPTIONS = (26, 50, 51, 52, 11, 12, 25, 36, 46, 60, 61)  # filters, marks, devices, zero copy


def main():
    for kind, options in OPTIONS.items():
        own = socket.socket(socket.AF_INET, kind)
        tried = {**options, **{(1, option): 1 for option in SOCKET_OPTIONS}}
        for (level, option), value in tried.items():
            data = value if isinstance(value, bytes) else struct.pack("i", value)
            for high in (0, 1 << 32):
                answer = call("setsockopt", own.fileno(), level | high, option | high, data, len(data))
                refused(f"option {option} of level {level}", answer, "EPERM")
    return verdict()
