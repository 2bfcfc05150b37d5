# expect: memory_limit
# Datagrams that are never read keep what was sent after their senders were closed: eleven times 200 KB for each
# descriptor of a receiver.
from prelude import *
import signal, socket

CHILDREN, ENOUGH = 8, 1 << 30


def send(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.connect(path)
        return sender.send(b"x" * 200_000)


def fill(number):
    held, receivers = 0, []
    while held < ENOUGH // CHILDREN and len(receivers) < 110:
        path = f"{TMP}/{number}.{len(receivers)}"
        receivers.append(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        receivers[-1].bind(path)
        while isinstance(sent := attempt(send, path), Success):
            held += sent.value
    return held, receivers


def main():
    reader, writer = os.pipe()
    for number in range(CHILDREN):
        if os.fork() == 0:
            held, kept = fill(number)
            os.write(writer, struct.pack("Q", held))
            signal.pause()
    held = sum(struct.unpack("Q", os.read(reader, 8))[0] for _ in range(CHILDREN))
    time.sleep(1)
    seen("megabytes in datagrams", held >> 20)
    return verdict()
