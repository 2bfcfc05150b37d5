# expect: held
# Stops the kernel in the middle of a copy, the friend of every race.
from prelude import *


def main():
    filtered("userfaultfd", 323, 0)
    filtered("userfaultfd for user mode", 323, 1)
    refused("open /dev/userfaultfd", attempt(os.open, "/dev/userfaultfd", os.O_RDWR), "ENOENT")
    filtered("vmsplice", 278, 1, 0, 0, 0)
    filtered("splice", 275, 0, 0, 1, 0, 1, 0)
    filtered("tee", 276, 0, 1, 1, 0)
    return verdict()
