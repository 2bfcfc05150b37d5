# expect: held
from prelude import *


def main():
    filtered("mount", b"none", b"/tmp", b"tmpfs", 0, None)
    filtered("mount", b"/usr", b"/tmp", None, 4096, None)
    filtered("umount2", b"/tmp", 2)
    filtered("pivot_root", b"/tmp", b"/tmp")
    filtered("chroot", b"/tmp")
    filtered("swapon", b"/tmp/x", 0)
    return verdict()
