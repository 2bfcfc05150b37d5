# expect: held
# A cgroup hierarchy of the script's own, whose release_agent the kernel runs on the host (CVE-2022-0492).
from prelude import *

CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWCGROUP = 0x10000000, 0x20000, 0x2000000


def main():
    refused("namespaces", call("unshare", CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWCGROUP), "EPERM")
    place = f"{TMP}/hierarchy"
    os.mkdir(place)
    for kind, options in ((b"cgroup", b"none,name=escape"), (b"cgroup", b"memory"), (b"cgroup2", b"")):
        answer = call("mount", b"none", place.encode(), kind, 0, options)
        refused(f"mount {kind.decode()} {options.decode()}", answer, "EPERM")
    seen("a hierarchy", os.listdir(place))
    refused("/sys/fs/cgroup", attempt(os.listdir, "/sys/fs/cgroup"), "ENOENT", uid=("EACCES",))
    return verdict()
