# expect: held
# concurrent: 2
# open: the ports of connections to one address come from counters that all network namespaces share
# uid-expect: exception PermissionError: [Errno 1] Operation not permitted
# uid-concurrent: 1
# uid-closed: there are no sockets but unix ones
from prelude import *
import socket

PORT = 5432


def main():
    listener = socket.socket()
    listener.bind(("127.0.0.1", PORT))
    listener.listen(100)
    skipped = []
    last = 0

    def connect():
        with socket.socket() as connection:
            connection.connect(("127.0.0.1", PORT))
            listener.accept()[0].close()
            return connection.getsockname()[1]

    # Each connection gets a port that is 2 to 16 above the one before it.
    def look():
        nonlocal last
        port = connect()
        if last and 16 < port - last < 4000:
            skipped.append(port - last)
        for _ in range(30):
            last = connect()
        time.sleep(0.02)

    meet(look)
    seen("connections of another run", skipped)
    return verdict()
