# expect: returned 42
# The kernel looks at the low half of a descriptor only.
from prelude import *


def main():
    reader, writer = os.pipe()
    call("dup2", writer, 1000 | 1 << 32)
    call("dup3", writer, 1000 | 1 << 32, 0)
    return 42
