# expect: held
# Quotas, swap, accounting: the host's file systems as a whole.
from prelude import *


def main():
    filtered("quotactl", 179, 0x800007 << 8, b"/dev/vda", 0, None)
    filtered("swapon", 167, b"/tmp/file", 0)
    filtered("swapoff", 168, b"/tmp/file")
    filtered("acct", 163, b"/tmp/file")
    filtered("sync", 162)
    filtered("syncfs", 306, 1)
    return verdict()
