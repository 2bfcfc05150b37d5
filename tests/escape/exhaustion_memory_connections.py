# expect: memory_limit
# Connections to a listening unix socket that are never accepted keep what was sent, 200 KB each, after
# they were closed: without a descriptor and without a process that holds it.
from prelude import *


def main():
    seen("megabytes in connections", fill_listeners(backlog=4096, enough=1 << 30) >> 20)
    return verdict()
