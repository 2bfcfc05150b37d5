# expect: held
# Its flags are behind a pointer, where no filter sees them: the call is absent.
from prelude import *


def main():
    for flags in (0, 1 << 28, 1 << 28 | 1 << 30, 1 << 7, 1 << 33, 1 << 32):
        arguments = struct.pack("8Q", flags, 0, 0, 0, 17, 0, 0, 0)
        answer = call("clone3", arguments, len(arguments))
        if isinstance(answer, Success) and answer.value == 0:
            os._exit(0)
        refused(f"clone3 {flags:#x}", answer, "ENOSYS")
    refused("clone3 with a number's high bits", call(number("clone3") | 1 << 32, NOWHERE, NOWHERE), "ENOSYS", "EPERM")
    return verdict()
