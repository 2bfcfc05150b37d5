# expect: held
# open: without a cgroup of its own for each run, the kernel's memory for it is not counted
# What waits in sockets is the kernel's memory: 128 KB and more for each of a run's 64 * 256 descriptors.
from prelude import *
import signal, socket


def fill():
    kept = []
    held = 0
    try:
        while True:
            one, other = socket.socketpair()
            for side in (one, other):
                side.setblocking(False)
                try:
                    while True:
                        held += side.send(b"x" * 4096)
                except BlockingIOError:
                    pass
            kept.append((one, other))
    except OSError:
        return kept, held


def main():
    reader, writer = os.pipe()
    children = []
    for _ in range(16):
        child = os.fork()
        if child == 0:
            kept, held = fill()
            os.write(writer, struct.pack("Q", held))
            signal.pause()
        children.append(child)
    held = sum(struct.unpack("Q", os.read(reader, 8))[0] for _ in children)
    time.sleep(0.2)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    seen("megabytes in sockets", held > 600 << 20 and held >> 20)
    return verdict()
