# expect: held
# Each namespace by clone, with the high half of the flags set as well: the kernel ignores it there.
from prelude import *

NAMESPACES = {
    "user": 1 << 28,
    "pid": 1 << 29,
    "net": 1 << 30,
    "ipc": 1 << 27,
    "uts": 1 << 26,
    "cgroup": 1 << 25,
    "mount": 1 << 17,
}
SIGCHLD = 17


def clone(flags):
    answer = call("clone", flags | SIGCHLD, 0, 0, 0, 0)
    if isinstance(answer, Success) and answer.value == 0:
        os._exit(0)
    return answer


def main():
    for name, flag in NAMESPACES.items():
        refused(f"clone {name}", clone(flag), "EPERM")
        refused(f"clone {name} with a high bit", clone(flag | 1 << 33), "EPERM")
        refused(f"clone {name} with all high bits", clone(flag | 0xFFFFFFFF << 32), "EPERM")
        refused(f"clone user and {name}", clone(flag | 1 << 28), "EPERM")
    return verdict()
