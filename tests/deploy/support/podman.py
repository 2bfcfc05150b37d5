"""Builds images and runs containers with podman and runc, as docker would.

    image = images.build()
    with podman.Container(image, capabilities=podman.DOCKER | {"SYS_ADMIN"}) as container:
        container.wait_until_ready()
        status, headers, answer = container.post("/execute", {"script": "def main(): return 1"})
        print(container.shell("curl -s http://localhost:8080/health").stdout)
        assert container.stop() == 0

Theory of operation. A container has docker's default capabilities and seccomp profile unless set
otherwise, and a network namespace with nothing but loopback, so that it may listen on every address and
still be reached only by us, who enter that namespace for each connection. `podman start --attach`
is the container's process here: its two streams are the container's log, its end is the container's end,
and if we die, it stops the container. Must run as root.
"""

import ctypes
import http.client
import itertools
import json
import os
import re
import socket
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from support import docker_defaults
from support.images import LIMIT, ContainerError, podman, runtime_flags

DOCKER = docker_defaults.CAPABILITIES
CLONE_NEWNET = 0x40000000

# docker lets every port be bound in a container's own network namespace.
UNPRIVILEGED_PORTS = "net.ipv4.ip_unprivileged_port_start=0"


# --- Containers ------------------------------------------------------------------------------------


@dataclass
class Process:
    """One process of a container as the machine sees it."""

    pid: int
    uid: int
    name: str
    command: list


def descendants(pid):
    """The process and all below it that are alive, whichever namespaces they are in."""
    found = []
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except (FileNotFoundError, ProcessLookupError):
        return found
    field = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    # One that is about to end has no command line any more.
    if command and not field["State"].startswith("Z"):
        uid = int(field["Uid"].split()[1])
        found.append(Process(pid, uid, field["Name"], [os.fsdecode(part) for part in command]))
    for child in children:
        found += descendants(child)
    return found


class Container:
    """A running container; leaving the `with` block removes it.

    capabilities  exactly these, without CAP_; docker's defaults when not given
    seccomp       "docker": docker's default profile for these capabilities; "unconfined"; "podman":
                  podman's own default, which allows user namespaces; or a profile as JSON text
    environment   variables; podman's own `container` is removed, since docker sets none
    arguments     after the image's name; flags: further flags of `podman create`
    network       "none" (an own one with loopback only) or "host"
    """

    numbers = itertools.count(1)

    def __init__(
        self,
        image,
        *arguments,
        capabilities=DOCKER,
        seccomp="docker",
        environment=None,
        user=None,
        memory=None,
        cpus=None,
        network="none",
        port=8080,
        flags=(),
    ):
        self.name = f"python-executor-test-{os.getpid()}-{next(self.numbers)}"
        self.port = port
        self.out, self.err = [], []
        self._changed = threading.Condition()
        self._open_streams = 2
        self._process = None
        command = ["create", "--rm", "--name", self.name, *runtime_flags(), "--pids-limit", "-1"]
        command += ["--pull=never", "--network", network]
        inherited = podman("image", "inspect", "--format", "{{json .Config.Env}}", image)
        if not any(entry.startswith("container=") for entry in json.loads(inherited) or []):
            command += ["--unsetenv", "container"]
        command += ["--sysctl", UNPRIVILEGED_PORTS] if network == "none" else []
        command += ["--cap-drop", "ALL", *(f"--cap-add={name}" for name in sorted(capabilities))]
        for flag, value in (("--user", user), ("--memory", memory), ("--memory-swap", memory), ("--cpus", cpus)):
            command += [flag, value] if value is not None else []
        for key, value in (environment or {}).items():
            command += ["--env", f"{key}={value}"]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as profile:
            if seccomp != "podman":
                text = docker_defaults.seccomp_profile(capabilities)
                profile.write(text if seccomp == "docker" else seccomp)
                profile.flush()
                path = seccomp if seccomp == "unconfined" else profile.name
                command += ["--security-opt", f"seccomp={path}"]
            podman(*command, *flags, image, *arguments)
        try:
            podman("init", self.name)
            self.pid = int(podman("inspect", "--format", "{{.State.Pid}}", self.name))
            # Held, so that it can be entered while the container ends.
            self._network = os.open(f"/proc/{self.pid}/ns/net", os.O_RDONLY)
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "podman", "start", "--attach", self.name],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except BaseException:
            self.remove()
            raise
        self._collectors = [
            threading.Thread(target=self._collect, args=(stream, lines), daemon=True)
            for stream, lines in (
                (self._process.stdout, self.out),
                (self._process.stderr, self.err),
            )
        ]
        for thread in self._collectors:
            thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()

    def _collect(self, stream, lines):
        for line in stream:
            with self._changed:
                lines.append(line.decode(errors="replace").rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._open_streams -= 1
            self._changed.notify_all()

    # Its log and its end

    @property
    def logs(self):
        """Both streams as one text, for messages."""
        with self._changed:
            return "\n".join(["stdout:", *self.out, "stderr:", *self.err])

    def wait_for_line(self, pattern, limit=LIMIT):
        """Returns the first line, of either stream, that the expression is found in."""

        def found():
            return next((line for line in self.out + self.err if re.search(pattern, line)), None)

        with self._changed:
            self._changed.wait_for(lambda: found() or self._open_streams == 0, limit)
            line = found()
        if line is None:
            ended = "ended" if self._open_streams == 0 else f"after {limit} s"
            raise ContainerError(f"no line '{pattern}' ({ended})\n{self.logs}")
        return line

    def wait_until_ready(self, limit=LIMIT):
        """Waits for the line that says so, and believes it only when /health agrees."""
        self.wait_for_line("python-executor is ready", limit)
        status, _, answer = self.get("/health")
        if status != 200:
            raise ContainerError(f"ready, but /health says {status} {answer}\n{self.logs}")

    def wait(self, limit=LIMIT):
        """Waits for the end; returns the exit status."""
        try:
            status = self._process.wait(limit)
        except subprocess.TimeoutExpired:
            raise ContainerError(f"still running after {limit} s\n{self.logs}") from None
        with self._changed:
            self._changed.wait_for(lambda: self._open_streams == 0, LIMIT)
        return status

    def signal(self, name="TERM"):
        podman("kill", "--signal", name, self.name)

    def stop(self, patience=10):
        """What `docker stop` does: the image's stop signal, then SIGKILL; returns the status."""
        podman("stop", "--time", patience, self.name)
        return self.wait()

    def remove(self):
        subprocess.run(
            ["podman", "rm", "--force", "--time", "0", self.name],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LIMIT,
        )
        if self._process is not None:
            self._process.wait(LIMIT)
            for thread in self._collectors:
                thread.join(LIMIT)
            self._process.stdout.close()
            self._process.stderr.close()
            os.close(self._network)
            self._process = None

    # What is inside

    def processes(self):
        """All processes of the container, the first one first."""
        return descendants(self.pid)

    def run(self, *command, user=None, environment=None, limit=LIMIT):
        """`docker exec`: a command in the container; the result has returncode, stdout, stderr."""
        flags = ["--user", user] if user is not None else []
        for key, value in (environment or {}).items():
            flags += ["--env", f"{key}={value}"]
        return subprocess.run(
            ["podman", "exec", *flags, self.name, *command],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=limit,
        )

    def shell(self, script, limit=LIMIT):
        """A command of the machine, with the container's network: what a README shows."""
        enter = ["nsenter", f"--net=/proc/self/fd/{self._network}", "--", "bash", "-c", script]
        return subprocess.run(
            enter, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=limit, pass_fds=[self._network]
        )

    # HTTP

    def connect(self, limit=LIMIT):
        """A connection to the service, made from inside of the container's network."""
        result = []

        def work():
            # Concerns this thread alone, which ends with it.
            if ctypes.CDLL(None, use_errno=True).setns(self._network, CLONE_NEWNET) != 0:
                result.append(OSError(ctypes.get_errno(), "setns"))
                return
            try:
                result.append(socket.create_connection(("127.0.0.1", self.port), limit))
            except OSError as error:
                result.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        if isinstance(result[0], OSError):
            raise result[0]
        return result[0]

    def request(self, method, path, body=None, headers=None, limit=LIMIT):
        """Returns status, headers and body; a JSON body as a value, any other as bytes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.sock = self.connect(limit)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if response.headers.get_content_type() == "application/json":
            content = json.loads(content)
        return response.status, response.headers, content

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, value, **more):
        headers = {"Content-Type": "application/json"}
        return self.request("POST", path, json.dumps(value), headers, **more)
