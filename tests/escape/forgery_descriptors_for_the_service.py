# expect: answered
# Packets that carry descriptors: those that the service kept would be gone for others.
from prelude import *

JOB_SOCKET = 1000


def main():
    rights = struct.pack("Qii", 16 + 4 * 250, 1, 1) + struct.pack("250i", *[0] * 250)
    control = ctypes.create_string_buffer(rights)
    data = ctypes.create_string_buffer(b"x" * 24)
    vector = (ctypes.c_ulong * 2)(ctypes.addressof(data), 24)
    header = struct.pack("QQQQQQQQ", 0, 0, ctypes.addressof(vector), 1, ctypes.addressof(control), len(rights), 0, 0)
    message = ctypes.create_string_buffer(header)
    for _ in range(200):
        call("sendmmsg", JOB_SOCKET, message, 1, 0x40 | 0x4000)
    return 42
