# expect: held
# concurrent: 2
# uid-expect: exception PermissionError: [Errno 1] Operation not permitted
# uid-concurrent: 1
# Sends its mark to every group and port that the other listens to.
from prelude import *
import socket


def main():
    mark = os.urandom(8)
    own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    own.bind(("", 47655))
    own.setblocking(False)
    others = set()

    def look():
        for address in ("127.0.0.1", "127.255.255.255", "255.255.255.255", "224.0.0.1"):
            attempt(own.sendto, mark, (address, 47655))
        while isinstance(answer := attempt(own.recv, 64), Success):
            others.add(answer.value)

    meet(look)
    seen("packets of another run", others - {mark})
    return verdict()
