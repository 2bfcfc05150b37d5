# expect: returned 42
# A timer whose handler raises, long after main() is over.
import signal


over = False


def main():
    global over

    def forge(*_):
        if over:
            raise SystemExit("forged")

    for timer, number in ((signal.ITIMER_REAL, signal.SIGALRM), (signal.ITIMER_PROF, signal.SIGPROF)):
        signal.signal(number, forge)
        signal.setitimer(timer, 0.0005, 0.0005)
    over = True
    return 42
