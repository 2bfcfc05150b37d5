# expect: held
# uid-expect: exception PermissionError: [Errno 1] Operation not permitted
from prelude import *
import socket


def main():
    for name in ("example.com", "metadata.google.internal", "host.docker.internal"):
        try:
            seen(f"an address of {name}", socket.getaddrinfo(name, 80))
        except socket.gaierror:
            seen(f"an address of {name}", None)
    resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    refused("ask a resolver", attempt(resolver.sendto, b"\0" * 12, ("8.8.8.8", 53)), "ENETUNREACH")
    resolver.connect(("127.0.0.53", 53))
    resolver.send(b"\0" * 12)
    time.sleep(0.01)
    refused("ask the host's resolver", attempt(resolver.recv, 16, socket.MSG_DONTWAIT), "ECONNREFUSED", "EAGAIN")
    return verdict()
