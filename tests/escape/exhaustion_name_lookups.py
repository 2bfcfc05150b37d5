# expect: returned 40
# timeout: 20
# A path with 40 links, each through the last.
from prelude import *


def main():
    os.mkdir(f"{TMP}/d")
    for number in range(60):
        os.symlink(f"{TMP}/d" if number == 0 else f"{TMP}/l{number - 1}/../l{number - 1}", f"{TMP}/l{number}")
    return sum(1 for number in range(200) if attempt(os.stat, f"{TMP}/l{min(number, 59)}") == "ELOOP") and 40
