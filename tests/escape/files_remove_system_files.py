# expect: held
# Names that do not exist there would say ENOENT where the mount can be written.
from prelude import *


def main():
    for directory in "/ /usr/bin /usr/lib /etc /dev /home".split():
        name = f"{directory}/python-executor-escape"
        refused(f"mkdir {name}", attempt(os.mkdir, name), "EROFS", uid=("EACCES",))
        refused(f"symlink {name}", attempt(os.symlink, "x", name), "EROFS", uid=("EACCES",))
        refused(f"mkfifo {name}", attempt(os.mkfifo, name), "EROFS", uid=("EACCES",))
    refused("rename in /usr", attempt(os.rename, "/usr/bin/env", "/usr/bin/env2"), "EROFS", uid=("EACCES",))
    refused("unlink /etc/group", attempt(os.unlink, "/etc/group"), "EROFS", "EBUSY", uid=("EACCES",))
    refused("truncate", attempt(os.truncate, "/etc/passwd", 0), "EROFS", "EACCES", uid=("EACCES",))
    return verdict()
