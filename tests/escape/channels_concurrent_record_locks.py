# expect: held
# concurrent: 2
# open: F_GETLK reveals read locks that another run has on the files of /usr/lib
from prelude import *
import fcntl


def main():
    file = os.open("/usr/bin/env", os.O_RDONLY)
    place = int.from_bytes(os.urandom(4), "big")
    attempt(fcntl.fcntl, file, fcntl.F_SETLK, struct.pack("hhqqi4x", fcntl.F_RDLCK, 0, place, 1, 0))
    felt = set()

    def look():
        query = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)
        answer = attempt(fcntl.fcntl, file, fcntl.F_GETLK, query)
        if isinstance(answer, Success):
            kind, _, start, _, _ = struct.unpack("hhqqi4x", answer.value)
            if kind != fcntl.F_UNLCK and start != place:
                felt.add(start)

    meet(look)
    seen("a lock of another run", felt)
    return verdict()
