# expect: held
# uid-expect: exception PermissionError: [Errno 1] Operation not permitted
# 127.0.0.1 is the script's own: no port has a listener.
from prelude import *
import socket


def main():
    for host in ("127.0.0.1", "127.0.0.53", "localhost", "0.0.0.0"):
        for port in [22, 25, 53, 80, 111, 443, 631, 3306, 5432, 6379, 8000, 8080, 9000, 11211, 27017]:
            peer = socket.socket()
            peer.settimeout(2)
            refused(f"connect to {host}:{port}", attempt(peer.connect, (host, port)), "ECONNREFUSED")
            peer.close()
    for path in ("/tmp/.s.PGSQL.5432", "/run/postgresql/.s.PGSQL.5432"):
        refused(f"connect to {path}", attempt(socket.socket(socket.AF_UNIX).connect, path), "ENOENT")
    return verdict()
