# expect: held
# Names that do not exist there would say ENOENT where the mount can be written.
from prelude import *


def main():
    for directory in "/ /usr/bin /usr/lib /etc /dev /home".split():
        name = f"{directory}/python-executor-escape"
        refused(f"mkdir {name}", attempt(os.mkdir, name), "EROFS")
        refused(f"symlink {name}", attempt(os.symlink, "x", name), "EROFS")
        refused(f"mkfifo {name}", attempt(os.mkfifo, name), "EROFS")
    refused("rename in /usr", attempt(os.rename, "/usr/bin/env", "/usr/bin/env2"), "EROFS")
    refused("unlink /etc/group", attempt(os.unlink, "/etc/group"), "EROFS", "EBUSY")
    refused("truncate", attempt(os.truncate, "/etc/passwd", 0), "EROFS", "EACCES")
    return verdict()
