# expect: held
# fields: "stdin": "abc"
# Descriptor 0 is a file without a name, for reading: it can be neither changed nor found.
from prelude import *
import fcntl


def main():
    refused("write to it", attempt(os.write, 0, b"x"), "EBADF")
    refused("shorten it", attempt(os.ftruncate, 0, 0), "EINVAL", "EBADF")
    refused("open it again", attempt(os.open, "/dev/stdin", os.O_RDWR), "ENOENT", "EACCES", "EROFS", "ENXIO")
    refused("open it by /proc", attempt(os.open, "/proc/self/fd/0", os.O_RDWR), "ENOENT", "EACCES")
    fcntl.fcntl(0, fcntl.F_SETFL, os.O_APPEND)
    refused("write to its end", attempt(os.write, 0, b"x"), "EBADF")
    refused(
        "lead its name back",
        attempt(os.link, "/proc/self/fd/0", "stdin"),
        "ENOENT",
        "EXDEV",
        "EPERM",
        uid=("ENOENT", "EXDEV", "EPERM", "EACCES"),
    )
    seen("more than was sent", os.read(0, 10) != b"abc" or os.read(0, 1))
    return verdict()
