# expect: held
# Stops the kernel in the middle of a copy, the friend of every race.
from prelude import *


def main():
    filtered("userfaultfd", 0)
    filtered("userfaultfd", 1)
    refused("open /dev/userfaultfd", attempt(os.open, "/dev/userfaultfd", os.O_RDWR), "ENOENT")
    filtered("vmsplice", 1, 0, 0, 0)
    filtered("splice", 0, 0, 1, 0, 1, 0)
    filtered("tee", 0, 1, 1, 0)
    return verdict()
