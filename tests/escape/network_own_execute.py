# expect: held
# A run that asks the service for another run, by its port or by its socket.
from prelude import *
import glob, http.client


def main():
    for port in (80, 8080, 8000, *range(18000, 18010)):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        refused(
            f"GET /health at {port}", attempt(connection.request, "GET", "/health"), "ECONNREFUSED", uid=("EPERM",)
        )
    seen("sockets", glob.glob("/run/**/*.sock", recursive=True) + glob.glob("/**/responder.sock"))
    return verdict()
