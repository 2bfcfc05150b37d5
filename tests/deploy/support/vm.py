"""A Debian machine, with systemd as PID 1 and cgroup v2, for the tests that need one.

    with vm.Machine() as machine:
        machine.put("build/python-executor.deb", "/root/")
        print(machine.run("apt-get install -y /root/*.deb").stdout)
        machine.reboot()

Theory of operation. vm_image makes its root, which is never written again:
a machine writes into an overlay of its own, which it keeps over reboots and loses at the end. It is
emulated (tcg), so everything in it takes some ten times as long; one boot should serve many tests.
It has no network card. The harness reaches it through a virtio-serial port, behind which vm_agent.py
runs the commands. Must run as root, for debootstrap.
"""

import base64
import io
import itertools
import json
import queue
import signal
import socket
import subprocess
import tarfile
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from support import vm_image
from support.vm_image import RELEASE, MachineError


@dataclass
class Completed:
    """What a command has left: its exit status (None: killed for its timeout) and its output."""

    command: str
    status: int | None
    stdout: str
    stderr: str

    def __str__(self):
        return f"{self.command}\nstatus {self.status}\n{self.stdout}{self.stderr}"


class Machine:
    """One virtual machine; boots on entry, is switched off and forgotten on exit. All times are
    seconds, limits against hanging; a failure raises MachineError with the console's last lines."""

    def __init__(
        self, packages=(), memory=2048, processors=2, start_limit=600, release=RELEASE, architecture="amd64"
    ):
        self.image = vm_image.image(packages, release, architecture)
        self.architecture = architecture
        self.memory = memory
        self.processors = processors
        self.start_limit = start_limit
        self._numbers = itertools.count(1)

    def __enter__(self):
        # A test that runs for too long is terminated: its disk is removed then as well.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        self._work = tempfile.TemporaryDirectory(prefix="vm-")
        self.directory = Path(self._work.name)
        self.console = self.directory / "console"
        subprocess.run(
            ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw"]
            + ["-b", self.image / "root.img", self.directory / "disk"],
            check=True,
        )
        self._process = None
        try:
            self.boot()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.cut_power()
        self._work.cleanup()

    def boot(self):
        """Switches the machine on; returns when systemd has started all that it starts."""
        self._booted = queue.Queue()
        self._answers = {}
        agent = self.directory / "agent"
        agent.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(agent))
            listener.listen()
            listener.settimeout(30)
            with open(self.directory / "qemu", "w") as errors:
                self._process = subprocess.Popen(self._command(agent), stdin=subprocess.DEVNULL, stderr=errors)
            try:
                self._port = listener.accept()[0]
            except TimeoutError:
                raise MachineError((self.directory / "qemu").read_text()) from None
        self._sending = threading.Lock()
        threading.Thread(target=self._read, args=(self._port,), daemon=True).start()
        self._await_start()

    def _command(self, agent):
        disk = self.directory / "disk"
        machine = [self.architecture, self.image, disk, "qcow2", self.processors, self.memory, self.console]
        return [
            *vm_image.qemu(*machine, "systemd.show_status=0"),
            *["-device", "virtio-serial-pci", "-chardev", f"socket,id=agent,path={agent}"],
            *["-device", "virtserialport,chardev=agent,name=python-executor.agent"],
        ]

    def _await_start(self):
        try:
            self.boot_id = self._booted.get(timeout=self.start_limit)
        except queue.Empty:
            raise self._failure("the machine has not started") from None
        if not self.boot_id:
            raise self._failure("the machine has ended while it started")
        self.run("systemctl is-system-running --wait", check=False, timeout=self.start_limit)

    def _failure(self, what):
        console = self.console.read_text(errors="replace") if self.console.exists() else ""
        return MachineError(f"{what}; the end of its console:\n{console[-3000:]}")

    def _read(self, port):
        """The reader's thread: hands out what the agent says, and an end to all who wait."""
        try:
            with port.makefile("rb") as lines:
                for line in lines:
                    message = json.loads(line)
                    if "boot" in message:
                        self._end_waits()
                        self._booted.put(message["boot"])
                    elif waiting := self._answers.pop(message["id"], None):
                        waiting.put(message)
        except (OSError, ValueError):
            pass
        self._end_waits()
        self._booted.put(None)

    def _end_waits(self):
        while self._answers:
            self._answers.popitem()[1].put(None)

    def run(self, command, timeout=120, check=True, user=None, input=b""):
        """Runs a command in bash, as root or `user`, and returns what came of it. With `check`, an
        exit status other than 0 is a MachineError. May be called from several threads."""
        request = {"id": next(self._numbers), "command": command, "timeout": timeout, "user": user}
        request["input"] = base64.b64encode(input).decode()
        waiting = self._answers[request["id"]] = queue.Queue()
        try:
            with self._sending:
                self._port.sendall(json.dumps(request).encode() + b"\n")
            answer = waiting.get(timeout=timeout + 60)
        except (OSError, queue.Empty):
            answer = None
        if answer is None:
            raise self._failure(f"the machine has not answered: {command}")
        texts = [base64.b64decode(answer[key]).decode(errors="replace") for key in ("stdout", "stderr")]
        completed = Completed(command, answer["status"], *texts)
        if check and completed.status != 0:
            raise MachineError(str(completed))
        return completed

    def put(self, *sources, to="/root/"):
        """Copies files and directories, owners aside, into the directory `to`, which is made."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for source in sources:
                tar.add(source, arcname=Path(source).name)
        command = f"mkdir -p '{to}' && tar -x --no-same-owner -C '{to}'"
        self.run(command, input=archive.getvalue())

    def write(self, path, text):
        """Writes a file; its directory must exist."""
        self.run(f"cat > '{path}'", input=text.encode())

    def read(self, path):
        return self.run(f"cat '{path}'").stdout

    def reboot(self):
        """Restarts the system; the disk and all on it stay. Returns like boot()."""
        self.run("systemctl --no-block reboot")
        self._await_start()

    def power_off(self):
        """Ends the system properly; boot() starts it again with the same disk."""
        self.run("systemctl --no-block poweroff")
        self._process.wait(timeout=self.start_limit)
        self.cut_power()

    def cut_power(self):
        """Ends the machine without telling it; boot() starts it again with the same disk."""
        if self._process:
            self._process.terminate()  # not SIGKILL: qemu would lose what it has not written yet
            try:
                self._process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
