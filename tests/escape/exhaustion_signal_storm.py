# expect: timeout or crashed
# timeout: 0.5
# A timer that fires without pause.
import signal


def main():
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 1e-6, 1e-6)
    while True:
        pass
