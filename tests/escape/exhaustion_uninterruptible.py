# expect: timeout
# timeout: 0.4
# vfork holds the parent in a sleep that only a deadly signal ends.
from prelude import *

CLONE_VFORK_VM = 0x4100
SIGCHLD = 17


def main():
    child = call("clone", CLONE_VFORK_VM | SIGCHLD, 0, 0, 0, 0)
    if isinstance(child, Success) and child.value == 0:
        _libc.pause()
