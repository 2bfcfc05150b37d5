# expect: held
# All pipes of a run, filled, in all of its processes; the host's are not fewer for it.
from prelude import *
import fcntl


def main():
    held = 0
    kept = []
    try:
        while True:
            reader, writer = os.pipe()
            kept.append((reader, writer))
            os.set_blocking(writer, False)
            try:
                while True:
                    held += os.write(writer, b"x" * 4096)
            except BlockingIOError:
                pass
    except OSError as error:
        refused("one more pipe", errno.errorcode[error.errno], "EMFILE")
    refused("a pipe of 64 MB", attempt(fcntl.fcntl, kept[0][1], fcntl.F_SETPIPE_SZ, 64 << 20), "EPERM", "EBUSY")
    seen("more than 16 MB in pipes", held > 16 << 20 and held)
    return verdict()
