# expect: held
# concurrent: 2
# One bit: a lock on an inode that both can read. All answers are "locked", and nothing is.
from prelude import *
import fcntl


def main():
    file = os.open("/usr/bin/env", os.O_RDONLY)
    felt = set()

    def look():
        lock = fcntl.LOCK_EX | fcntl.LOCK_NB
        for answer in (attempt(fcntl.flock, file, lock), call("flock", file, lock)):
            if not isinstance(answer, Success):
                felt.add(answer)

    meet(look)
    seen("a lock of another run", felt)
    return verdict()
