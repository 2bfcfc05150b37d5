# expect: held
# A hard link in the scratch space to a file that others share would be theirs to change.
from prelude import *


def main():
    for path in "/etc/passwd /usr/bin/env /dev/null /usr/bin/python3.11".split():
        refused(f"link {path}", attempt(os.link, path, "/tmp/linked", follow_symlinks=False), "EXDEV")
    for path in ("/tmp/a", "/dev/shm/a"):
        open(path, "w").close()
        refused(f"link {path} into /usr", attempt(os.link, path, "/usr/lib/a"), "EXDEV", "EROFS")
    return verdict()
