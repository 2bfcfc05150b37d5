# expect: held
# concurrent: 2
# uid-expect: exception PermissionError: [Errno 1] Operation not permitted
# uid-concurrent: 1
from prelude import *
import socket


def main():
    kept = []
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            own = socket.socket(family, kind)
            answer = attempt(own.bind, (host, 47654))
            seen("a port that another run has", answer if isinstance(answer, str) else None)
            kept.append(own)
    meet(lambda: None)
    return verdict()
