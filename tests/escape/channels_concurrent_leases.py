# expect: held
# concurrent: 2
# A lease notifies its holder that another wants the file.
from prelude import *
import fcntl


def main():
    def look():
        for path in ("/usr/bin/env", "/etc/localtime", "/usr/bin/python3"):
            file = os.open(path, os.O_RDONLY)
            for kind in (fcntl.F_RDLCK, fcntl.F_WRLCK):
                refused("a lease", attempt(fcntl.fcntl, file, fcntl.F_SETLEASE, kind), "EPERM")
            os.close(file)

    meet(look, 0.3)
    return verdict()
