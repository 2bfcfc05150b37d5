# expect: held
from prelude import *


def main():
    filtered("open_tree", 428, -100, b"/usr", 1)
    filtered("move_mount", 429, -100, b"/usr", -100, b"/tmp", 0)
    filtered("fsopen", 430, b"tmpfs", 0)
    filtered("fsconfig", 431, 0, 6, None, None, 0)
    filtered("fsmount", 432, 0, 0, 0)
    filtered("fspick", 433, -100, b"/tmp", 0)
    filtered("mount_setattr", 442, -100, b"/usr", 0, struct.pack("QQQQ", 0, 1, 0, 0), 32)
    filtered("statmount", 457, 0, 0, 0, 0)
    filtered("listmount", 458, 0, 0, 0, 0)
    filtered("open_tree_attr", 467, -100, b"/usr", 1, 0, 0)
    return verdict()
