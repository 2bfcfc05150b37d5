# expect: held
# A worker cannot undo that it dies with its zygote, nor become what would.
from prelude import *


def main():
    filtered("prctl", 1, 0)
    for option in (1, 36, 1 | 1 << 32, 36 | 1 << 32, 4, 3 | 1 << 33):
        if option & 0xFFFFFFFF != 3:
            refused(f"prctl {option:#x}", call("prctl", option, 1, 0, 0, 0), "EPERM")
    refused("a child of the zygote's", call("clone", 0x8000 | 17, 0, 0, 0, 0), "EINVAL", uid=("EPERM",))
    return verdict()
