# expect: held
# runs: 8
# uid-expect: exception PermissionError: [Errno 1] Operation not permitted
# A recycled network must hold nothing: names, ports, flow labels, packets on their way.
from prelude import *
import socket


def main():
    kept = []
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        own = socket.socket(socket.AF_INET, kind)
        answer = attempt(own.bind, ("127.0.0.1", 47656))
        seen("a port of an earlier run", answer if isinstance(answer, str) else None)
        name = socket.socket(socket.AF_UNIX, kind)
        answer = attempt(name.bind, "\0python-executor-escape-later")
        seen("a name of an earlier run", answer if isinstance(answer, str) else None)
        kept += [own, name]
    waiting = kept[2]
    waiting.setblocking(False)
    seen("a packet of an earlier run", attempt(waiting.recv, 64) != "EAGAIN")
    return verdict()
