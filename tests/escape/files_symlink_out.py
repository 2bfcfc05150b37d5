# expect: held
# A link is always resolved in the sandbox's root, however it was made or written (CVE-2024-28185).
from prelude import *

TARGETS = [
    "/etc/shadow",
    "../../../../../../etc/shadow",
    "/proc/1/root/etc/shadow",
    "/root",
    "/run",
    "/proc/self/cwd/../../etc/shadow",
    "/var/lib/python-executor",
]


def main():
    for number, target in enumerate(TARGETS):
        link = f"{TMP}/link{number}"
        os.symlink(target, link)
        refused(f"follow {target}", attempt(os.open, link, os.O_RDONLY), "ENOENT", uid=("ENOENT", "EACCES"))
    return verdict()
