# expect: held
# absent: /tmp/python-executor-escape-symlink
# The service must follow none of the script's names: its home and temporary directory become links.
from prelude import *


def main():
    home = os.getcwd()
    for name in ("stdout", "script.py", "result", "output", "box", "stderr"):
        os.symlink("/tmp/python-executor-escape-symlink", name)
    refused("replace the home", attempt(os.rename, home, home + "2"), "EROFS", "EBUSY", uid=("EACCES",))
    refused("remove the home", attempt(os.rmdir, home), "EROFS", "EBUSY", uid=("EACCES",))
    refused("replace /tmp", attempt(os.rename, "/tmp", "/tmp2"), "EROFS", "EBUSY", uid=("EACCES",))
    return verdict()
