# expect: held
# Unusual information about a socket from the kernel: process descriptors of its other end, cookies that count
# every run's sockets, filters, and tables whose module would have to be loaded.
from prelude import *
import socket

JOB = 1000
ANSWERS = {
    1: (26, 31, 49, 55, 56, 57, 58, 59, 71, 76, 77, 79, 82, 83),
    0: (64, 65, 80, 128),
    41: (64, 65, 80),
    6: (13, 19, 31, 35, 38),
}


def main():
    one, other = socket.socketpair()
    sockets = [JOB, one.fileno()]
    if TIER != "uid":
        tcp = socket.socket()
        sockets.append(tcp.fileno())
    data, size = ctypes.create_string_buffer(256), ctypes.c_int()
    for fd in sockets:
        for level, options in ANSWERS.items():
            for option in options:
                for high in (0, 1 << 32):
                    size.value = 256
                    answer = call("getsockopt", fd, level | high, option | high, data, ctypes.byref(size))
                    refused(f"option {option} of level {level} of descriptor {fd}", answer, "EPERM")
    return verdict()
