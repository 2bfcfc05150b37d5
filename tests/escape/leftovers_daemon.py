# expect: returned 42
# gone: 86399.25
# A daemon, as daemons are made: two forks, a session of its own, everything closed.
import os, time


def main():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execv("/usr/bin/sleep", ["sleep", "86399.25"])
        os._exit(0)
    os.wait()
    time.sleep(0.05)
    return 42
