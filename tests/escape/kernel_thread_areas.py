# expect: held
# architecture: x86_64
# arch_prctl() beyond what libc needs: faults instead of CPUID, more registers, other mappings of the vDSO.
from prelude import *

OPTIONS = (
    0x1001,
    0x1004,
    0x1011,
    0x1012,
    0x1021,
    0x1022,
    0x1023,
    0x1024,
    0x1025,
    0x2001,
    0x2002,
    0x2003,
    0x3001,
    0x4001,
    0x5001,
    0x5005,
)


def main():
    room = ctypes.create_string_buffer(64)
    for option in OPTIONS:
        for high in (0, 1 << 32):
            answer = call("arch_prctl", option | high, 18 if option == 0x1023 else room)
            refused(f"option {option:#x}", answer, "EPERM")
    return verdict()
