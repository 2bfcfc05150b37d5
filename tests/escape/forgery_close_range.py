# expect: returned 42
from prelude import *


def main():
    for first, last in ((0, 2**32 - 1), (0, 1000), (1000, 1000), (1000, 2000), (999, 1001), (3, 999), (1001, 2000)):
        for flags in (0, 2, 4):
            call("close_range", first, last, flags)
    return 42
