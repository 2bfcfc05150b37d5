#!/usr/bin/python3
"""POSTs standard input to /execute of the FastCGI socket that is named, and prints the answer's
body. cgroup_machine.py puts it into a virtual machine, launched.py runs it: without nginx nothing
but the responder can be at fault."""

import socket
import struct
import sys

BEGIN, PARAMS, STDIN, STDOUT = 1, 4, 5, 6


def record(kind, data=b""):
    return struct.pack(">BBHHBx", 1, kind, 1, len(data), 0) + data


def pair(name, value):
    return struct.pack(">II", len(name) | 1 << 31, len(value) | 1 << 31) + name + value


def request(body, **params):
    """The bytes of a POST of JSON."""
    params = {"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/json", **params}
    params |= {"CONTENT_LENGTH": str(len(body)), "SERVER_PROTOCOL": "HTTP/1.1"}
    data = b"".join(pair(name.encode(), value.encode()) for name, value in params.items())
    stream = record(BEGIN, struct.pack(">HB5x", 1, 0)) + record(PARAMS, data) + record(PARAMS)
    for start in range(0, len(body), 60000):
        stream += record(STDIN, body[start : start + 60000])
    return stream + record(STDIN)


def output(connection):
    """The pieces of the answer, as they come."""
    with connection.makefile("rb") as reader:
        while header := reader.read(8):
            _, kind, _, size, padding = struct.unpack(">BBHHBx", header)
            content = reader.read(size + padding)[:size]
            if kind == STDOUT:
                yield content


def main():
    body = sys.stdin.buffer.read()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(sys.argv[1])
        connection.sendall(request(body, ROUTE="execute"))
        answer = b"".join(output(connection))
    sys.stdout.buffer.write(answer.partition(b"\r\n\r\n")[2])


if __name__ == "__main__":
    main()
