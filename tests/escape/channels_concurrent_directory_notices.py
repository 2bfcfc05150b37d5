# expect: held
# concurrent: 2
# A signal of dnotify whenever a process on the machine reads a file of a directory that all share.
from prelude import *
import fcntl, signal

DN_ACCESS, DN_MULTISHOT = 1, 0x80000000
DIRECTORY = "/usr/share/python3"


def main():
    felt = []
    signal.signal(signal.SIGIO, lambda *_: felt.append(time.monotonic()))
    directory = os.open(DIRECTORY, os.O_RDONLY)
    refused("watch a directory", call("fcntl", directory, fcntl.F_NOTIFY, DN_ACCESS | DN_MULTISHOT), "EPERM")
    refused("with high bits", call("fcntl", directory, fcntl.F_NOTIFY | 1 << 32, DN_ACCESS), "EPERM")
    names = [f"{DIRECTORY}/{name}" for name in os.listdir(DIRECTORY)]
    own = 0

    def look():
        nonlocal own
        for name in names:
            if os.path.isfile(name):
                with open(name, "rb") as file:
                    file.read(1)
                own += 1

    meet(look, 0.3)
    seen("files that others read", felt)
    return verdict()
