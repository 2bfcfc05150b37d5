# expect: held
# fields: "outputs": true
# files: {"good": "good"}
# A device never ends, and a hard link gives a library, or a file of root's, a name of the run's.
from prelude import *
import json, stat


def main():
    for kind in (stat.S_IFCHR, stat.S_IFBLK):
        refused(
            "make a device",
            attempt(os.mknod, "device", kind | 0o666, os.makedev(1, 5)),
            "EPERM",
            uid=("EPERM", "EACCES"),
        )
    for source in ("/etc/passwd", json.__file__, "/usr/bin/python3"):
        refused(
            f"link {source}",
            attempt(os.link, source, "link", follow_symlinks=False),
            "EXDEV",
            uid=("EXDEV", "EPERM", "EACCES"),
        )
    open("good", "w").write("good")
    return verdict()
