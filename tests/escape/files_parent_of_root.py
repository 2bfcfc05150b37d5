# expect: held
# `..` of the root, by path, by descriptor and by chdir, is the root.
from prelude import *


def main():
    root = os.stat("/")
    descriptor = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    for _ in range(64):
        descriptor = os.open("..", os.O_RDONLY | os.O_DIRECTORY, dir_fd=descriptor)
        up = os.fstat(descriptor)
        if (up.st_dev, up.st_ino) != (root.st_dev, root.st_ino):
            seen("a parent of the root", os.listdir(descriptor))
    os.chdir("/" + "../" * 200)
    seen("the host's root", [name for name in os.listdir(".") if name in ("var", "root", "sys", "run")])
    refused("chroot", call(161, b"/tmp"), "EPERM")
    refused("pivot_root", call(155, b".", b"."), "EPERM")
    return verdict()
