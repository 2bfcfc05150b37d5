# Connections that stay open, whose buffers have grown to the machine's maximum while they were read.
import socket, time

CHUNK = b"x" * 262144
listener = socket.create_server(("127.0.0.1", 0), backlog=200)
pairs = []
for _ in range(60):
    writer = socket.create_connection(listener.getsockname())
    reader, _ = listener.accept()
    writer.setblocking(False)
    reader.setblocking(False)
    pairs.append((writer, reader))


def attempt(act, argument):
    try:
        return act(argument)
    except BlockingIOError:
        return None


for _ in range(20):
    for writer, reader in pairs:
        attempt(writer.send, CHUNK)
        while attempt(reader.recv, 1 << 20):
            pass
end = time.monotonic() + 1
while time.monotonic() < end:
    for writer, _ in pairs:
        attempt(writer.send, CHUNK)
