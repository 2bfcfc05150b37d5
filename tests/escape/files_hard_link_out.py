# expect: held
# A hard link in the scratch space to a file that others share would be theirs to change.
from prelude import *


def main():
    for path in ("/etc/passwd", "/usr/bin/env", "/dev/null", os.path.realpath("/usr/bin/python3")):
        refused(
            f"link {path}",
            attempt(os.link, path, f"{TMP}/linked", follow_symlinks=False),
            "EXDEV",
            uid=("EXDEV", "EPERM", "EACCES"),
        )
    for path in (f"{place}/a" for place in SCRATCH):
        open(path, "w").close()
        refused(
            f"link {path} into /usr", attempt(os.link, path, "/usr/lib/a"), "EXDEV", "EROFS", uid=("EXDEV", "EACCES")
        )
    return verdict()
