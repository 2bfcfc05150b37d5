# expect: held
# concurrent: 2
# open: flock() takes locks on the files of /usr/lib that all runs share, which another run can feel
from prelude import *
# One bit: a lock on an inode that both can read.
import fcntl


def main():
    file = os.open("/usr/bin/env", os.O_RDONLY)
    felt = set()

    def look():
        answer = attempt(fcntl.flock, file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not isinstance(answer, Success):
            felt.add(answer)

    meet(look)
    seen("a lock of another run", felt)
    return verdict()
