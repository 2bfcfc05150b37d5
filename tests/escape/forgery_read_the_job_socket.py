# expect: returned 42
# Reads what might come for somebody else, and sets what could hold the answer up.
import array, fcntl, socket, select


def main():
    job = socket.socket(fileno=3)
    job.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    job.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, b"\0" * 8 + b"\1" + b"\0" * 7)
    for flags in (socket.MSG_DONTWAIT, socket.MSG_DONTWAIT | socket.MSG_PEEK):
        try:
            job.recv(65536, flags)
        except OSError:
            pass
    for act in (lambda: job.shutdown(socket.SHUT_RDWR), lambda: job.setblocking(False), job.listen, job.close):
        try:
            act()
        except OSError:
            pass
    return 42
