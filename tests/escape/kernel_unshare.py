# expect: held
from prelude import *

NAMESPACES = {
    "user": 1 << 28,
    "pid": 1 << 29,
    "net": 1 << 30,
    "ipc": 1 << 27,
    "uts": 1 << 26,
    "cgroup": 1 << 25,
    "mount": 1 << 17,
    "time": 1 << 7,
    "files": 1 << 10,
}


def main():
    for name, flag in NAMESPACES.items():
        refused(f"unshare {name}", call("unshare", flag), "EPERM")
        refused(f"unshare {name} with high bits", call("unshare", flag | 1 << 32), "EPERM")
    refused("unshare of nothing", call("unshare", 0), "EPERM")
    return verdict()
