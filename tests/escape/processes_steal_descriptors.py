# expect: held
# pidfd_getfd, from itself and from a child.
from prelude import *


def main():
    child = os.fork()
    if child == 0:
        time.sleep(20)
        os._exit(0)
    for pid in (os.getpid(), child):
        pidfd = os.pidfd_open(pid)
        filtered("pidfd_getfd", pidfd, 1000, 0)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return verdict()
