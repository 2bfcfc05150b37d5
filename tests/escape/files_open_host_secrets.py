# expect: held
# What is in them, which is more than that they are there.
from prelude import *

PATHS = """/etc/shadow /etc/gshadow /etc/passwd- /etc/sudoers /etc/ssl/private /etc/machine-id /etc/hostname
/etc/resolv.conf /root /root/.ssh /var/lib /var/log /var/tmp /run /run/secrets /boot /srv /opt
/sys /sys/fs/cgroup /sys/class/net /usr/lib/python-executor-escape /var/lib/python-executor""".split()


def main():
    for path in PATHS:
        for how in (os.O_RDONLY, os.O_RDONLY | os.O_DIRECTORY, os.O_WRONLY):
            refused(
                f"open {path}", attempt(os.open, path, how), "ENOENT", uid=("ENOENT", "EACCES", "ENOTDIR", "EISDIR")
            )
    return verdict()
