# expect: held
# A shared mapping of /dev/zero is shared anonymous memory by another name.
from prelude import *


def main():
    answer = attempt(os.open, "/dev/zero", os.O_RDWR)
    refused("open /dev/zero", answer, "ENOENT", uid=("EACCES",))
    if isinstance(answer, Success):
        for _ in range(10):
            refused("map /dev/zero", call("mmap", 0, 64 << 20, 3, 1, answer.value, 0), "EPERM")
    refused("open /dev/hugepages", attempt(os.stat, "/dev/hugepages"), "ENOENT")
    refused("huge pages", call("mmap", 0, 2 << 20, 3, 0x40022, -1, 0), "EPERM")
    return verdict()
