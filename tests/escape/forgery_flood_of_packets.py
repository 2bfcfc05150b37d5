# expect: timeout or returned 42
# timeout: 0.5
# sendmmsg is what the worker itself answers with: thousands of packets that are no answers.
from prelude import *

JOB_SOCKET = 1000


def main():
    texts = [b"", b"x", b"\0" * 24, b"\1" * 60000, b'{"result": 1}', os.urandom(64)]
    for number in range(3000):
        send(texts[number % len(texts)])
    return 42


def send(text):
    data = ctypes.create_string_buffer(text, max(len(text), 1))
    vector = (ctypes.c_ulong * 2)(ctypes.addressof(data), len(text))
    message = ctypes.create_string_buffer(struct.pack("QQQQQQQQ", 0, 0, ctypes.addressof(vector), 1, 0, 0, 0, 0))
    call("sendmmsg", JOB_SOCKET, message, 1, 0x40 | 0x4000)
