# expect: held
# Metadata of read-only mounts, devices included: owners, modes, times.
from prelude import *


def main():
    for path in "/ /usr/bin /usr/bin/env /etc/passwd /dev/null /dev/urandom /dev /proc".split():
        status = os.stat(path)
        refused(f"chmod {path}", attempt(os.chmod, path, status.st_mode & 0o7777), "EROFS", uid=("EPERM",))
        refused(f"chown {path}", attempt(os.chown, path, -1, -1), "EROFS", uid=("EPERM",))
        # Those of devices: channels_device_times.
        if TIER != "uid" or not path.startswith("/dev/"):
            refused(f"utime {path}", attempt(os.utime, path), "EROFS", uid=("EACCES", "EPERM"))
        refused(f"setxattr {path}", call("setxattr", path.encode(), b"user.x", b"y", 1, 0), "EPERM")
    return verdict()
