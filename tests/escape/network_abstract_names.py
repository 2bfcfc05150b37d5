# expect: held
# Names of unix sockets without a file are the network namespace's: the host's are not here.
from prelude import *
import socket


def main():
    for name in (
        "\0/tmp/.X11-unix/X0",
        "\0/tmp/.ICE-unix/1",
        "\0/containerd-shim/x.sock",
        "\0python-executor",
        "\0/org/kernel/linux/storage/multipathd",
        "\0/com/ubuntu/upstart",
        "\0dbus-system",
    ):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
            refused(
                f"connect to {name!r}", attempt(socket.socket(socket.AF_UNIX, kind).connect, name), "ECONNREFUSED"
            )
    return verdict()
