# expect: held
# inotify and fanotify see what others do with the files that all runs share.
from prelude import *


def main():
    filtered("inotify_init")
    filtered("inotify_init1", 0)
    filtered("inotify_add_watch", 0, b"/usr/bin", 0xFFF)
    filtered("fanotify_init", 0, 0)
    filtered("fanotify_mark", 0, 1, 0xFF, -100, b"/usr")
    own = os.open("/usr/bin", os.O_RDONLY)
    import fcntl

    refused(
        "a lease",
        attempt(fcntl.fcntl, os.open("/usr/bin/env", os.O_RDONLY), fcntl.F_SETLEASE, fcntl.F_RDLCK),
        "EPERM",
    )
    return verdict()
