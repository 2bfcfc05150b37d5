# expect: memory_limit
# Many listeners with a short backlog each hold as much in connections that are never accepted as one with a
# long backlog: a bound on backlogs would be none on memory.
from prelude import *


def main():
    seen("megabytes in connections", fill_listeners(backlog=100, enough=1 << 30) >> 20)
    return verdict()
