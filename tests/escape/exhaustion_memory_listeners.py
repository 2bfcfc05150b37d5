# expect: memory_limit
# uid-expect: held
# uid-open: the sockets of all runs are in one network namespace, and /proc does not say whose they are
# Many listeners with a short backlog each hold as much in connections that are never accepted as one with a
# long backlog: a bound on backlogs would be none on memory.
from prelude import *
import socket

ENOUGH = 1 << 30
BACKLOG = 100


def main():
    directory = os.environ["TMPDIR"]
    chunk = b"x" * 65536
    held = 0
    listening = []
    while held < ENOUGH:
        path = f"{directory}/{len(listening)}"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(BACKLOG)
        listening.append(listener)
        for _ in range(BACKLOG):
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
