# expect: held
# uid-expect: exception PermissionError: [Errno 1] Operation not permitted
# All ports of the loopback: were it the host's, the service itself would be among them.
from prelude import *
import socket


def main():
    listening = []
    for port in range(1, 65536):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                if port >= 1024 or error.errno != errno.EACCES:
                    listening.append((port, str(error)))
    seen("ports that are taken", listening)
    return verdict()
