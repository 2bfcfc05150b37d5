# expect: returned 42
# Reads what might be meant for another process, and sets what could hold up the answer.
import socket


def main():
    job = socket.socket(fileno=1000)
    for flags in (socket.MSG_DONTWAIT, socket.MSG_DONTWAIT | socket.MSG_PEEK):
        try:
            job.recv(65536, flags)
        except OSError:
            pass
    for option, value in (
        (socket.SO_SNDBUF, b"\1\0\0\0"),
        (socket.SO_SNDTIMEO, b"\0" * 8 + b"\1" + b"\0" * 7),
        (socket.SO_LINGER, b"\1\0\0\0" * 2),
    ):
        try:
            job.setsockopt(socket.SOL_SOCKET, option, value)
        except OSError:
            pass
    for act in (lambda: job.shutdown(socket.SHUT_RDWR), lambda: job.setblocking(False), job.listen, job.close):
        try:
            act()
        except OSError:
            pass
    return 42
