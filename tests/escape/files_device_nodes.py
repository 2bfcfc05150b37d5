# expect: held
# Devices of the host: memory, disks, terminals, consoles, fuse, kvm, tun.
from prelude import *
import stat

DEVICES = {
    "mem": (1, 1),
    "kmsg": (1, 11),
    "sda": (8, 0),
    "vda": (254, 0),
    "loop0": (7, 0),
    "tty": (5, 0),
    "console": (5, 1),
    "ptmx": (5, 2),
    "fuse": (10, 229),
    "kvm": (10, 232),
    "tun": (10, 200),
    "zero": (1, 5),
    "null": (1, 3),
}


def main():
    for name, (major, minor) in DEVICES.items():
        for kind in (stat.S_IFCHR, stat.S_IFBLK):
            answer = attempt(os.mknod, f"{TMP}/{name}", kind | 0o666, os.makedev(major, minor))
            refused(f"mknod {name}", answer, "EPERM", uid=("EACCES",))
        if name not in ("zero", "null"):
            refused(
                f"open /dev/{name}", attempt(os.open, f"/dev/{name}", os.O_RDONLY), "ENOENT", uid=("ENOENT", "EACCES")
            )
    return verdict()
