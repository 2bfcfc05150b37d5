# expect: held
# More filters could only take away, but a listener would decide what another program's calls do.
from prelude import *


def main():
    program = struct.pack("HBBI", 6, 0, 0, 0x7FFF0000)
    code = ctypes.create_string_buffer(program)
    filter = struct.pack("HxxxxxxQ", 1, ctypes.addressof(code))
    for operation, flags in ((1, 0), (1, 8), (0, 0), (3, 0), (2, 0)):
        refused(f"seccomp {operation}", call("seccomp", operation, flags, filter), "EPERM")
    refused("prctl PR_SET_SECCOMP", call("prctl", 22, 2, filter, 0, 0), "EPERM")
    seen("no filter", _libc.prctl(21, 0, 0, 0, 0) != 2)
    filtered("landlock_create_ruleset", 0, 0, 1)
    return verdict()
