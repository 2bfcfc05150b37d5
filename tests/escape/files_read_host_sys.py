# expect: held
from prelude import *


def main():
    for path in "/sys /sys/fs/cgroup /sys/kernel/security /sys/class/net /debug /tracing".split():
        refused(f"look at {path}", attempt(os.stat, path), "ENOENT")
    refused("mount sysfs", call(165, b"none", b"/tmp", b"sysfs", 0, 0), "EPERM")
    return verdict()
