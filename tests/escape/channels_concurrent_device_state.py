# expect: held
# concurrent: 2
# Devices have no memory: what is written to one is not read from it.
from prelude import *


def main():
    mark = os.urandom(8)
    others = []
    null = os.open("/dev/null", os.O_RDWR)

    def look():
        os.write(null, mark)
        others.append(os.read(null, 8))
        refused("a lock on a device", call("ioctl", null, 0x4B3A, 1), "EPERM")

    meet(look, 0.3)
    seen("what another run wrote", [o for o in others if o])
    return verdict()
