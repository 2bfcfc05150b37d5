# expect: held
from prelude import *
import signal


def main():
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGRTMIN})
    info = struct.pack("iii", signal.SIGRTMIN, 0, -1).ljust(128, b"\0")
    answer = None
    sent = 0
    for sent in range(100000):
        answer = call("rt_sigqueueinfo", os.getpid(), int(signal.SIGRTMIN), info)
        if not isinstance(answer, Success):
            break
    refused("one more signal", answer, "EAGAIN")
    seen("more signals than the limit", sent > 1100 and sent)
    return verdict()
