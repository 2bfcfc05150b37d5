# expect: held
# concurrent: 2
# One bit: a lock on an inode that both can read.
from prelude import *
import fcntl


def main():
    file = os.open("/usr/bin/env", os.O_RDONLY)
    felt = set()

    def look():
        answer = attempt(fcntl.flock, file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if answer == "EAGAIN":
            felt.add(answer)
        else:
            refused("a lock", answer, "EPERM")

    meet(look)
    seen("a lock of another run", felt)
    return verdict()
