# expect: held
# runs: 8
# uid-expect: exception PermissionError: [Errno 1] Operation not permitted
# Counters of the loopback, what the neighbour cache knows, TCP's memory of an address.
from prelude import *
import socket


def main():
    server = socket.create_server(("127.0.0.1", 0))
    socket.create_connection(server.getsockname())
    kept = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    answer = attempt(kept.bind, ("127.0.0.1", 47657))
    seen("a port of an earlier run", answer if isinstance(answer, str) else None)
    kept.sendto(b"mark", ("127.0.0.1", 47658))
    late = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    answer = attempt(late.bind, ("127.0.0.1", 47659))
    seen("a connection of an earlier run in TIME_WAIT", answer if isinstance(answer, str) else None)
    late.listen()
    one = socket.create_connection(("127.0.0.1", 47659))
    late.accept()[0].close()
    one.close()
    return verdict()
