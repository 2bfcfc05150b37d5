# expect: returned 42
# A timer whose handler raises, long after main() is over.
import signal


def main():
    def forge(*_):
        raise SystemExit("forged")

    for timer, number in ((signal.ITIMER_REAL, signal.SIGALRM), (signal.ITIMER_PROF, signal.SIGPROF)):
        signal.signal(number, forge)
        signal.setitimer(timer, 0.0005, 1)
    return 42
