# expect: held
from prelude import *


def main():
    filtered("open_tree", -100, b"/usr", 1)
    filtered("move_mount", -100, b"/usr", -100, b"/tmp", 0)
    filtered("fsopen", b"tmpfs", 0)
    filtered("fsconfig", 0, 6, None, None, 0)
    filtered("fsmount", 0, 0, 0)
    filtered("fspick", -100, b"/tmp", 0)
    filtered("mount_setattr", -100, b"/usr", 0, struct.pack("QQQQ", 0, 1, 0, 0), 32)
    filtered("statmount", 0, 0, 0, 0)
    filtered("listmount", 0, 0, 0, 0)
    filtered("open_tree_attr", -100, b"/usr", 1, 0, 0)
    return verdict()
