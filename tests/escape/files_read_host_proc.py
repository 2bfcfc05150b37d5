# expect: held
# No /proc: an empty directory, nothing can be mounted there, and no other name leads to it.
from prelude import *


def main():
    if TIER == "uid":
        refused("list /proc", attempt(os.listdir, "/proc"), "EACCES")
        for name in "self/maps self/environ 1/environ 1/cmdline 1/status stat meminfo kallsyms net/tcp".split():
            refused(f"read /proc/{name}", attempt(os.open, f"/proc/{name}", os.O_RDONLY), "EACCES", "ENOENT")
        return verdict()
    seen("entries of /proc", os.listdir("/proc"))
    for name in "self 1 1/root 1/mem 1/environ self/fd self/maps sys/kernel kcore kallsyms net".split():
        refused(f"look at /proc/{name}", attempt(os.stat, f"/proc/{name}"), "ENOENT")
    refused("look at /dev/fd", attempt(os.stat, "/dev/fd/0"), "ENOENT")
    refused("look at /dev/stdin", attempt(os.stat, "/dev/stdin"), "ENOENT")
    return verdict()
