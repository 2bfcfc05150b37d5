# expect: held
# READ_IMPLIES_EXEC, ADDR_NO_RANDOMIZE, other systems' system calls.
from prelude import *


def main():
    for value in (0x0040000, 0x0400000, 0x0800000, 0x1000000, 8, 0xFFFFFFFF, 0):
        refused(f"personality {value:#x}", call("personality", value), "EPERM")
    for option in (24, 28, 35, 38, 45, 52, 53, 59, 0x53564D41, 0x59616D61):
        refused(f"prctl {option}", call("prctl", option, 1, 0, 0, 0), "EPERM")
    return verdict()
