# expect: held
# uid-open: Landlock does not cover stat(2): that a file exists, how old and how long it is, can be seen
from prelude import *


def main():
    for path in "/sys /sys/fs/cgroup /sys/kernel/security /sys/class/net /debug /tracing".split():
        refused(f"look at {path}", attempt(os.stat, path), "ENOENT")
    refused("mount sysfs", call("mount", b"none", b"/tmp", b"sysfs", 0, 0), "EPERM")
    return verdict()
