# expect: held
# Where core_pattern is a pipe, a crash makes the kernel start a handler, as root and outside of every limit of
# the run. A limit of 0 bytes does not keep it from that; a limit of 1 does (core(5)).
from prelude import *
import resource

CORE = resource.RLIMIT_CORE


def main():
    seen("another limit of core dumps than 1", resource.getrlimit(CORE) != (1, 1) and resource.getrlimit(CORE))
    none = struct.pack("QQ", 0, 0)
    for high in (0, 1 << 32):
        refused("setrlimit", call("setrlimit", CORE | high, none), "EPERM")
        refused("prlimit", call("prlimit64", 0, CORE | high, none, None), "EPERM")
        refused("prlimit of a child", call("prlimit64", os.getpid(), CORE | high, none, 0), "EPERM")
    refused("prlimit with an address of no low half", call("prlimit64", 0, CORE, 1 << 32, 0), "EPERM")
    resource.setrlimit(CORE, (0, 0))  # what guards do succeeds, and changes nothing
    seen("a lower limit", resource.getrlimit(CORE) != (1, 1) and resource.getrlimit(CORE))
    child = os.fork()
    if child == 0:
        ctypes.string_at(0)
    seen("a dumped core", os.WCOREDUMP(os.waitpid(child, 0)[1]))
    return verdict()
