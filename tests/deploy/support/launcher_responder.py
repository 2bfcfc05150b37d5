"""Stands for the responder where the launcher itself is tested: runs the Python that is its first
argument, with what a responder has available, and prints what `tell` is given, as JSON, a line each.

Asked for its setups it prints the lines of the file next to it, or one setup that means nothing.
"""

import array
import json
import os  # noqa: F401 (for what is executed)
import select
import socket
import struct
import sys
from pathlib import Path

lines = Path(__file__).with_name("setups")
printed = lines.read_text(encoding="ascii") if lines.exists() else f"setup {b'a setup'.hex()}\n"
if "--print-setups" in sys.argv:
    print(printed, end="")
    sys.exit()
SETUPS = [bytes.fromhex(line.split()[1]) for line in printed.splitlines() if line.startswith("setup ")]


def start(setup):
    """The request for a zygote with that setup."""
    digest = 0xCBF29CE484222325
    for byte in setup:
        digest = (digest ^ byte) * 0x100000001B3 % 2**64
    return b"start" + struct.pack("<Q", digest)


START = start(SETUPS[0])
channel = None
for word in sys.argv[2:]:
    if word.startswith("--launcher-fd="):
        channel = socket.socket(fileno=int(word.partition("=")[2]))


def tell(value):
    print(json.dumps(value), flush=True)


def request(text=START, descriptors=()):
    """The launcher's answer, empty when it has closed the channel, and the descriptors with it."""
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
    try:
        channel.sendmsg([text], rights if descriptors else [])
        answer, ancillary, _, _ = channel.recvmsg(4096, socket.CMSG_SPACE(64))
    except (BrokenPipeError, ConnectionResetError):
        return b"", []
    received = array.array("i")
    for _, _, data in ancillary:
        received.frombytes(data[: len(data) - len(data) % received.itemsize])
    return answer, list(received)


def has_ended(pidfd):
    """Waits for it; False when that takes too long."""
    waiting = select.poll()
    waiting.register(pidfd, select.POLLIN)
    return bool(waiting.poll(60_000))


class Zygote:
    def __init__(self, text=START):
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.answer, received = request(text, [theirs.fileno()])
        theirs.close()
        self.pidfd, lifeline = received or (None, None)
        self.lifeline = lifeline and socket.socket(fileno=lifeline)

    def ask(self, expression):
        self.control.send(expression.encode())
        return json.loads(self.control.recv(1 << 16))

    def end(self):
        self.control.close()
        return has_ended(self.pidfd)

    def stop(self):
        """Returns when it is stopped."""
        pid = self.ask("os.getpid()")
        self.control.send(b"os.kill(os.getpid(), signal.SIGSTOP)")
        while " T " not in open(f"/proc/{pid}/stat").read():
            pass


def next_zygote():
    """One that is started as soon as there are ids for it."""
    while (zygote := Zygote()).pidfd is None:
        pass
    return zygote


exec(sys.argv[1])
