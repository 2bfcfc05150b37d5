"""`python-executor run` against a running service, or against a server of a test's own."""

import socket
import subprocess
import threading
import unittest

from support import serving


def serve():
    """Starts the service that the client asks, for all tests of the calling module."""
    global service
    service = serving.Service("--workers", "2", "--ready", "2")
    unittest.addModuleCleanup(service.__exit__)


def url():
    return f"http://127.0.0.1:{service.port}"


def run(*arguments, source="", address=None, environment=None):
    return subprocess.run(
        [serving.PROGRAMS / "python-executor", "run", "--url", address or url(), *arguments],
        input=source.encode(),
        capture_output=True,
        env={"PATH": "/usr/bin:/bin", **(environment or {})},
        timeout=120,
    )


def start(source):
    """The client with a program, not waited for."""
    command = [
        serving.PROGRAMS / "python-executor",
        "run",
        "--url",
        url(),
        "-",
    ]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    process.stdin.write(source.encode())
    process.stdin.close()
    return process


def answer_once(server, answer):
    """Reads a request from the first client, and answers with these bytes."""
    connection, _ = server.accept()
    with connection:
        received = b""
        while b'"}' not in received:
            received += connection.recv(65536)
        connection.sendall(answer)


def run_against(answer):
    """Runs the client against a server that answers with this text."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer_once, args=(server, answer.encode()))
        thread.start()
        done = run("-", source="1", address=f"http://127.0.0.1:{server.getsockname()[1]}")
        thread.join()
    return done
