# expect: held
# Quotas, swap, accounting: the host's file systems as a whole.
from prelude import *


def main():
    filtered("quotactl", 0x800007 << 8, b"/dev/vda", 0, None)
    filtered("swapon", b"/tmp/file", 0)
    filtered("swapoff", b"/tmp/file")
    filtered("acct", b"/tmp/file")
    filtered("sync")
    filtered("syncfs", 1)
    return verdict()
