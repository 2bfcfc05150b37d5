# expect: returned "limited"
# A fork bomb of two lines; the limit is the run's own, so the service forks on.
import os, time


def main():
    for _ in range(5000):
        try:
            if os.fork() == 0:
                time.sleep(30)
                os._exit(0)
        except BlockingIOError:
            return "limited"
