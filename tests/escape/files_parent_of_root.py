# expect: held
# `..` of the root, by path, by descriptor and by chdir, is the root.
from prelude import *


def main():
    root = os.stat("/")
    how = os.O_DIRECTORY | (os.O_PATH if TIER == "uid" else os.O_RDONLY)
    descriptor = os.open("/", how)
    for _ in range(64):
        descriptor = os.open("..", how, dir_fd=descriptor)
        up = os.fstat(descriptor)
        if (up.st_dev, up.st_ino) != (root.st_dev, root.st_ino):
            seen("a parent of the root", os.listdir(descriptor))
    os.chdir("/" + "../" * 200)
    if TIER == "uid":
        refused("list the root", attempt(os.listdir, "."), "EACCES")
    else:
        seen("the host's root", [name for name in os.listdir(".") if name in ("var", "root", "sys", "run")])
    refused("chroot", call("chroot", b"/tmp"), "EPERM")
    refused("pivot_root", call("pivot_root", b".", b"."), "EPERM")
    return verdict()
