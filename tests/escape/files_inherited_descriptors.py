# expect: held
# Nothing is open but /dev/null, two pipes and the job socket.
from prelude import *


def main():
    found = [fd for fd in range(1024) if not isinstance(attempt(os.fstat, fd), str)]
    seen("descriptors beyond the four", [fd for fd in found if fd not in (0, 1, 2, 1000)])
    seen("a directory among them", [fd for fd in found if os.path.isdir(fd)])
    refused("list the directory of a descriptor", attempt(os.listdir, 1000), "EPERM", "ENOTDIR")
    seen("something on stdin", os.read(0, 1))
    return verdict()
