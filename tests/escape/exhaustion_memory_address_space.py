# expect: returned true
# Address space that is never touched is limited as well, so that page tables are.
from prelude import *


def main():
    kept = []
    for number in range(100000):
        answer = call("mmap", 0, 1 << 30, 0, 0x4022, -1, 0)
        if answer == "ENOMEM":
            return number < 8
