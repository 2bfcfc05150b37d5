"""Runs the service of this checkout as `make run` does, for tests of what lies in front of it.

    with serving.Service("--workers", "2") as service:
        status, headers, body = service.request("POST", "/execute", {"code": "print(1)"})
"""

import http.client
import json
import os
import select
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
PROGRAMS = Path(os.environ.get("EXECUTOR_BIN", REPOSITORY / "build/release"))
START_LIMIT = 300  # seconds: only a hang takes that long
STOP_LIMIT = 120


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def request(port, method, path, body=None, headers=None):
    """(status, headers, body) of one request; a body that is no bytes or text is sent as JSON."""
    headers = dict(headers or {})
    if body is not None and not isinstance(body, (bytes, str)):
        body = json.dumps(body)
        headers.setdefault("Content-Type", "application/json")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_LIMIT)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


class Process:
    """A program that says in its output when it is ready. Ends with the block that it serves."""

    def __init__(self, command, ready, environment=None, stop_signal=signal.SIGTERM):
        self.stop_signal = stop_signal
        self.output = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=self.output,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        self.pidfd = os.pidfd_open(self.process.pid)
        try:
            self.await_ready(ready)
        except BaseException:
            self.__exit__()
            raise

    def await_ready(self, ready):
        deadline = time.monotonic() + START_LIMIT
        while not ready(self):
            if select.select([self.pidfd], [], [], 0.05)[0]:
                raise RuntimeError(f"ended before it was ready:\n{self.log()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"was not ready in {START_LIMIT} s:\n{self.log()}")

    def log(self):
        return os.pread(self.output.fileno(), 1 << 20, 0).decode(errors="replace")

    def stop(self):
        """Asks it to end, waits, and returns its status; kills it when it does not."""
        if self.process.returncode is None:
            self.process.send_signal(self.stop_signal)
            if not select.select([self.pidfd], [], [], STOP_LIMIT)[0]:
                self.process.kill()
        return self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        os.close(self.pidfd)
        self.output.close()


class Service(Process):
    def __init__(self, *options):
        self.port = free_port()
        super().__init__(
            [REPOSITORY / "serve/serve", "--", *options],
            lambda process: "is ready at" in process.log(),
            {"PORT": str(self.port), "LISTEN": "127.0.0.1", "EXECUTOR_BIN": str(PROGRAMS)},
        )

    def request(self, method, path, body=None, headers=None):
        return request(self.port, method, path, body, headers)
