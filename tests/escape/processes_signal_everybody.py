# expect: held
# uid-expect: crashed Script was killed by signal 9 (SIGKILL)
# Where it is not PID 1 it ends, alone.
# kill(-1) from a child, which has the whole namespace to hit: the worker survives and answers.
from prelude import *
import signal


def main():
    def attack():
        for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGINT):
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            try:
                os.kill(-1, number)
            except OSError:
                pass

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    in_child(attack)
    refused("signal a process that is not ours", attempt(os.kill, 2**22 - 1, 0), "ESRCH")
    return verdict()
