# expect: held
# architecture: x86_64
# The x32 entry: the same instruction, numbers with bit 30, other layouts of arguments.
from prelude import *


def main():
    bit = 0x40000000
    for number in (39, 41, 56, 57, 165, 272, 101, 2, 512, 513, 520, 521, 524, 540, 545, 547):
        refused(f"x32 {number}", call(number | bit, 0, 0, 0, 0, 0), "ENOSYS", "EPERM")
    refused("a negative number", call(2**64 - 1, 0), "EPERM", "ENOSYS")
    return verdict()
