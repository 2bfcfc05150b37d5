# expect: held
# concurrent: 2
# open: descriptors that lie in sockets are counted for the user, and all workers have the same one
# own-closed: each run has a user id of its own
# Who has as many descriptors in flight as a run may have leaves none to others.
from prelude import *
import array, socket


def main():
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0]))]
    sent = 0
    pairs = []
    felt = set()

    def look():
        nonlocal sent
        pair = socket.socketpair()
        answer = attempt(pair[0].sendmsg, [b"x"], rights, socket.MSG_DONTWAIT)
        if isinstance(answer, Success):
            pairs.append(pair)
            sent += 1
        elif answer == "ETOOMANYREFS":
            felt.add(sent)

    for _ in range(110):
        look()
    for _ in range(145):
        answer = attempt(pairs[0][0].sendmsg, [b"x"], rights, socket.MSG_DONTWAIT)
        if answer == "ETOOMANYREFS":
            felt.add(sent)
        elif isinstance(answer, Success):
            sent += 1
    meet(look, 0.4)
    # Alone, a run may have as many as its limit of open files, 256.
    seen("descriptors of another run", felt and min(felt) < 250 and felt)
    return verdict()
