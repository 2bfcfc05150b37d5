# expect: timeout or memory_limit
# timeout: 0.7
# Every child forks on.
import os


def main():
    while True:
        try:
            os.fork()
        except OSError:
            pass
