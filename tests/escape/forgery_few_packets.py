# expect: returned 42
# Half a frame, an empty one, one of another run, one that is too large: all without the secret.
from prelude import *

JOB_SOCKET = 1000


def main():
    for text in (b"", b"\0", b"\0" * 16, b"\0" * 24, b"\xff" * 24, os.urandom(33), b"\0" * 150000, b"\1", b"\2" * 9):
        send(text)
    return 42


def send(text):
    data = ctypes.create_string_buffer(text, max(len(text), 1))
    vector = (ctypes.c_ulong * 2)(ctypes.addressof(data), len(text))
    message = ctypes.create_string_buffer(struct.pack("QQQQQQQQ", 0, 0, ctypes.addressof(vector), 1, 0, 0, 0, 0))
    call("sendmmsg", JOB_SOCKET, message, 1, 0x40 | 0x4000)
