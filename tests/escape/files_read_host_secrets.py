# expect: held
# uid-open: Landlock does not cover stat(2): that a file exists, how old and how long it is, can be seen
# Paths of the host that hold secrets: none exists in the sandbox's root.
from prelude import *

PATHS = """/etc/shadow /etc/gshadow /etc/sudoers /etc/ssh /etc/ssl/private /root /root/.ssh /home/tester
/var/lib /var/log /var/run /boot /srv /opt /run /sys /etc/machine-id /etc/hostname /etc/resolv.conf
/etc/firejail /.dockerenv /lost+found /media /etc/environment /usr/local /usr/share/doc""".split()


def main():
    for path in PATHS:
        refused(f"look at {path}", attempt(os.lstat, path), "ENOENT")
    return verdict()
