# expect: held
# Sockets of the host's services, and the service's own: by path they do not exist here.
from prelude import *
import socket

PATHS = """/run/systemd/private /run/dbus/system_bus_socket /run/docker.sock /var/run/docker.sock
/run/containerd/containerd.sock /run/podman/podman.sock /run/systemd/journal/socket /dev/log
/run/python-executor/responder.sock /run/python-executor/8080/responder.sock /run/nscd/socket
/run/user/1000/bus /run/udev/control /run/snapd.socket /tmp/.X11-unix/X0""".split()


def main():
    for path in PATHS:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
            peer = socket.socket(socket.AF_UNIX, kind)
            refused(f"connect to {path}", attempt(peer.connect, path), "ENOENT")
    return verdict()
