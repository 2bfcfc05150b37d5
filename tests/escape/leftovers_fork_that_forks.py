# expect: returned 42
# gone: 86397.25
# Each child forks the next and ends, so that no id is there for long; all run the same program at last.
import os


def main():
    if os.fork() == 0:
        for number in range(2000):
            try:
                if os.fork() != 0:
                    os._exit(0)
            except OSError:
                pass
        os.execv("/usr/bin/sleep", ["sleep", "86397.25"])
    return 42
