# expect: held
# uid-expect: exception PermissionError: [Errno 1] Operation not permitted
# The cloud's metadata service hands out the machine's credentials.
from prelude import *
import socket, urllib.error, urllib.request


def main():
    for address in ("169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192"):
        peer = socket.socket()
        peer.settimeout(2)
        refused(f"connect to {address}", attempt(peer.connect, (address, 80)), "ENETUNREACH")
    for url in ("http://169.254.169.254/latest/meta-data/", "http://metadata.google.internal/computeMetadata/v1/"):
        try:
            seen(url, urllib.request.urlopen(url, timeout=2).read(100))
        except urllib.error.URLError:
            seen(url, None)
    return verdict()
