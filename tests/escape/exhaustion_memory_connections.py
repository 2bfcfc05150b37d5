# expect: memory_limit
# uid-expect: held
# uid-open: the sockets of all runs are in one network namespace, and /proc does not say whose they are
# Connections to a listening unix socket that are never accepted keep what was sent, 200 KB each, after
# they were closed: without a descriptor and without a process that holds it.
from prelude import *
import socket

ENOUGH = 1 << 30


def main():
    directory = os.environ["TMPDIR"]
    chunk = b"x" * 65536
    held = 0
    listening = []
    while held < ENOUGH:
        path = f"{directory}/{len(listening)}"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(4096)
        listening.append(listener)
        for _ in range(4000):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.setblocking(False)
                try:
                    connection.connect(path)
                    while True:
                        held += connection.send(chunk)
                except OSError:
                    pass
    time.sleep(1)
    seen("megabytes in connections", held >> 20)
    return verdict()
