# expect: held
# Descriptors that lie in sockets are open in no process.
from prelude import *
import array, socket


def main():
    one, other = socket.socketpair()
    answer = None
    for _ in range(100):
        rights = array.array("i", [0] * 250)
        answer = attempt(one.sendmsg, [b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)], socket.MSG_DONTWAIT)
        if not isinstance(answer, Success):
            break
    refused("one more message of descriptors", answer, "ETOOMANYREFS", "EAGAIN")
    return verdict()
