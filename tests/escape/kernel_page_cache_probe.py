# expect: held
# Whether a page of a shared file is cached is what another run did (mincore, CVE-2019-5489): no call says it.
from prelude import *


def main():
    path = os.path.realpath("/usr/bin/python3")
    file = os.open(path, os.O_RDONLY)
    buffer = ctypes.create_string_buffer(1)
    vector = struct.pack("QQ", ctypes.addressof(buffer), 1)
    RWF_NOWAIT = 8
    refused("preadv2 that does not wait", call("preadv2", file, vector, 1, 0, 0, RWF_NOWAIT), "EPERM")
    refused("the same with high bits", call("preadv2", file, vector, 1, 0, 0, RWF_NOWAIT | 1 << 32), "EPERM")
    filtered("cachestat", file, b"\0" * 16, b"\0" * 40, 0)
    return verdict()
