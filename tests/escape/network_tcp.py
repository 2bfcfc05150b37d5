# expect: held
# uid-expect: exception PermissionError: [Errno 1] Operation not permitted
# Addresses of the world and of the host: there is no route to any.
from prelude import *
import socket

ADDRESSES = ["1.1.1.1", "8.8.8.8", "10.0.0.1", "192.168.0.1", "172.17.0.1", "100.64.0.1", "169.254.1.1"]


def main():
    for address in ADDRESSES:
        for port in (22, 53, 80, 443):
            peer = socket.socket()
            peer.settimeout(2)
            refused(f"connect to {address}:{port}", attempt(peer.connect, (address, port)), "ENETUNREACH")
            peer.close()
    return verdict()
