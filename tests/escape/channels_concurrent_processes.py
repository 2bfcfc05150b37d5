# expect: held
# concurrent: 2
# uid-open: one namespace has all process ids: who is there can be seen, but not signalled
# Each has children and looks for more than its own.
from prelude import *
import signal


def main():
    children = []
    for _ in range(5):
        child = os.fork()
        if child == 0:
            signal.pause()
        children.append(child)
    others = set()

    def look():
        for pid in range(2, 400):
            if pid not in children and attempt(os.kill, pid, 0) != "ESRCH":
                others.add(pid)

    meet(look)
    for child in children:
        os.kill(child, signal.SIGKILL)
    seen("processes of another run", others)
    return verdict()
