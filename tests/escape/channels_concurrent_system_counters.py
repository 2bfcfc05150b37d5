# expect: held
# concurrent: 2
# open: sysinfo() counts the processes and the memory of the whole machine, and glibc's sysconf() needs it
# The number of all processes of the machine reveals how many another run has.
from prelude import *


def main():
    buffer = ctypes.create_string_buffer(128)
    counts = set()
    children = []

    def look():
        if len(children) < 20:
            child = os.fork()
            if child == 0:
                time.sleep(5)
                os._exit(0)
            children.append(child)
        if isinstance(call("sysinfo", buffer), Success):
            counts.add(struct.unpack_from("H", buffer.raw, 80)[0] - len(children))

    meet(look, 2)
    seen("processes of others", len(counts) > 3 and sorted(counts))
    return verdict()
