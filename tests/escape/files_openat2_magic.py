# expect: held
# openat2 with and without RESOLVE flags, O_PATH and AT_EMPTY_PATH reach nothing more.
from prelude import *


def main():
    for resolve in (0, 0x04, 0x10):
        how = struct.pack("QQQ", os.O_RDONLY, 0, resolve)
        for path in (b"/etc/shadow", b"/../etc/shadow", b"/proc/self/root/etc/shadow"):
            refused(
                f"openat2 {path}",
                call("openat2", -100, path, how, len(how)),
                "ENOENT",
                "EXDEV",
                uid=("ENOENT", "EACCES", "EXDEV", "ELOOP"),
            )
    handle = os.open("/etc/passwd", os.O_PATH)
    refused(
        "reopen an O_PATH descriptor",
        attempt(os.open, f"/proc/self/fd/{handle}", os.O_RDWR),
        "ENOENT",
        uid=("EACCES",),
    )
    refused(
        "link an O_PATH descriptor",
        call("linkat", handle, b"", -100, f"{TMP}/linked".encode(), 0x1000),
        "ENOENT",
        "EXDEV",
        "EPERM",
        uid=("ENOENT", "EXDEV", "EPERM", "EACCES"),
    )
    return verdict()
