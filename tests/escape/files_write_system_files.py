# expect: held
# Opens for writing what every script shares. Nothing is written if it works.
from prelude import *

PATHS = """/usr/bin/python3 /usr/bin/env /usr/lib/python3/dist-packages /etc/passwd /etc/group
/etc/hosts /etc/nsswitch.conf /etc/ld.so.cache /lib64/ld-linux-x86-64.so.2 /usr/lib/os-release""".split()


def main():
    for path in PATHS:
        if not os.path.exists(path):
            continue
        # Refused by the mount before the owner of the file is checked.
        refused(f"chmod {path}", attempt(os.chmod, path, os.stat(path).st_mode & 0o7777), "EROFS", uid=("EPERM",))
        if os.path.isfile(path):
            refused(f"write {path}", attempt(os.open, path, os.O_WRONLY), "EACCES", "EROFS")
    return verdict()
