# expect: memory_limit
# uid-expect: exception
# What waits in connections over the run's own loopback, which are filled, closed and never accepted, is the
# kernel's memory and needs no descriptors.
import socket, time


def main():
    listening = [socket.create_server(("127.0.0.1", 0), backlog=4096) for _ in range(20)]
    chunk = b"x" * 262144
    for count in range(1 << 20):
        with socket.socket() as connection:
            connection.setblocking(False)
            try:
                connection.connect(listening[count % len(listening)].getsockname())
            except OSError:
                pass
            try:
                while True:
                    connection.send(chunk)
            except OSError:
                pass
        if count % 200 == 0:
            time.sleep(0.01)
