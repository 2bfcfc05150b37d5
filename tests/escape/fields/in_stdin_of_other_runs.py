# expect: held
# runs: 3
# fields: "stdin": "x"
# Each run begins at the beginning of its own: no offset is shared with an earlier one.
from prelude import *


def main():
    seen("another offset", os.lseek(0, 0, os.SEEK_CUR))
    seen("another text", os.read(0, 9) != b"x")
    seen("more links", os.fstat(0).st_nlink)
    return verdict()
