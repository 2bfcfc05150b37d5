# expect: held
# concurrent: 2
# open: the pages of pipes are counted for the user, and all workers have the same one
from prelude import *
# Who takes all pages of the user's pipes leaves others with small ones.
import fcntl


def main():
    kept = []
    first = os.pipe()
    kept.append(first)
    sizes = {fcntl.fcntl(first[0], fcntl.F_GETPIPE_SZ)}
    while isinstance(pipe := attempt(os.pipe), Success):
        kept.append(pipe.value)
        if not isinstance(attempt(fcntl.fcntl, pipe.value[0], fcntl.F_SETPIPE_SZ, 1 << 20), Success):
            break
    own = sum(fcntl.fcntl(reader, fcntl.F_GETPIPE_SZ) for reader, _ in kept)
    meet(lambda: None, 0.4)
    # The limit for the user is 64 MB; two runs that each had their own would each get all of it.
    seen("fewer pages than there are, which another run has", own < 60 << 20 and len(kept) < 100 and own)
    return verdict()
