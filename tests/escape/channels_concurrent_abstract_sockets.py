# expect: held
# concurrent: 2
# uid-open: one namespace has all names; Landlock lets no process connect, but a name that is taken is seen
# A name without a file, bound by both; were the network one, the second would find it taken.
from prelude import *
import socket


def main():
    kept = []
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        own = socket.socket(socket.AF_UNIX, kind)
        answer = attempt(own.bind, f"\0python-executor-escape-{int(kind)}")
        seen("a name that another run has", answer if isinstance(answer, str) else None)
        kept.append(own)
    meet(lambda: None)
    return verdict()
