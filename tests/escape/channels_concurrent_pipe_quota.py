# expect: held
# concurrent: 2
# open: the pages of pipes are counted for the user, and all workers have the same one
# own-closed: each run has a user id of its own
# Who takes all pages of the user's pipes leaves others with small ones.
from prelude import *
import fcntl


def hold(writer):
    """Takes 8 MB of pipes, and returns the size of the smallest of them."""
    smallest = 65536
    kept = []
    while isinstance(pipe := attempt(os.pipe), Success):
        kept.append(pipe.value)
        smallest = min(smallest, fcntl.fcntl(pipe.value[0], fcntl.F_GETPIPE_SZ))
    os.write(writer, struct.pack("I", smallest))
    time.sleep(1)


def main():
    reader, writer = os.pipe()
    children = 5
    for _ in range(children):
        if os.fork() == 0:
            hold(writer)
            os._exit(0)
    smallest = min(struct.unpack("I", os.read(reader, 4))[0] for _ in range(children))
    meet(lambda: None)
    # 40 MB of 64 MB: alone, a run gets pipes of full size.
    seen("small pipes, for another run has large ones", smallest < 65536 and smallest)
    return verdict()
