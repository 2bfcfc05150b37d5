# expect: held
from prelude import *


def main():
    filtered("mount", 165, b"none", b"/tmp", b"tmpfs", 0, None)
    filtered("bind mount", 165, b"/usr", b"/tmp", None, 4096, None)
    filtered("umount2", 166, b"/tmp", 2)
    filtered("pivot_root", 155, b"/tmp", b"/tmp")
    filtered("chroot", 161, b"/tmp")
    filtered("swapon", 167, b"/tmp/x", 0)
    return verdict()
