# expect: held
# uid-expect: exception PermissionError: [Errno 1] Operation not permitted
from prelude import *
import socket


def main():
    for address in ("1.1.1.1", "10.0.0.1", "255.255.255.255", "224.0.0.1", "239.255.255.250"):
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        refused(f"send to {address}", attempt(sender.sendto, b"x", (address, 53)), "ENETUNREACH")
        sender.close()
    return verdict()
