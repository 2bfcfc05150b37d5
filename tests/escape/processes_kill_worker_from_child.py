# expect: held
# The worker is PID 1 of its namespace: SIGKILL and SIGSTOP from within do not reach it.
from prelude import *
import signal


def main():
    def attack():
        for _ in range(20):
            os.kill(1, signal.SIGKILL)
            os.kill(1, signal.SIGSTOP)

    in_child(attack)
    refused("signal PID 2 when there is none", attempt(os.kill, 3, 0), "ESRCH")
    return verdict()
