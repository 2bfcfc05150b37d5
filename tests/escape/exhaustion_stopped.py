# expect: timeout
# timeout: 0.4
# Stops itself and its children; a stopped process can be killed.
import os, signal


def main():
    for _ in range(3):
        if os.fork() == 0:
            os.kill(os.getpid(), signal.SIGSTOP)
    os.kill(os.getpid(), signal.SIGSTOP)
    signal.pause()
