# expect: held
# uid-expect: exception PermissionError: [Errno 1] Operation not permitted
# There is lo and nothing else, and nothing can be made or changed.
from prelude import *
import socket


def main():
    seen("interfaces", interfaces())
    control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    request = struct.pack("16s24x", b"lo")
    for number in (
        0x8914,
        0x8916,
        0x891C,
        0x8924,
        0x8922,
        0x8923,
        0x8955,
        0x8953,
        0x890B,
        0x890C,
        0x8946,
        0x89A0,
        0x89F0,
    ):
        refused(f"ioctl {number:#x}", call("ioctl", control.fileno(), number, request), "EPERM")
    refused("ioctl with high bits", call("ioctl", control.fileno(), 0x8914 | 1 << 32, request), "EPERM")
    refused("bind to an address of the host's", attempt(control.bind, ("10.0.0.1", 0)), "EADDRNOTAVAIL")
    return verdict()


def interfaces():
    control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names = ctypes.create_string_buffer(4096)
    request = struct.pack("iP", 4096, ctypes.addressof(names))
    buffer = ctypes.create_string_buffer(request)
    call("ioctl", control.fileno(), 0x8912, buffer)
    size = struct.unpack("iP", buffer.raw[:16])[0]
    found = [names.raw[at : at + 16].split(b"\0")[0].decode() for at in range(0, size, 40)]
    return [name for name in found if name != "lo"]
