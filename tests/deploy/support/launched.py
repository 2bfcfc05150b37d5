"""The launcher below a PID namespace of its own, for tests of it: it must be root and kills everything of a
user id, and so nothing outside can be reached, whatever is wrong with it.

    def setUpModule():
        launched.make_user()

Launched starts it between a responder and a runner that follow each case's orders, Served between the real
ones.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import fastcgi_client

REPOSITORY = Path(__file__).resolve().parents[3]
PROGRAMS = Path(os.environ.get("EXECUTOR_BIN", REPOSITORY / "build/release"))
LAUNCHER = PROGRAMS / "python-executor-launcher"
HANG = 120  # seconds: nothing takes that long
FIRST, LAST = 30000, 30799


def make_user():
    """The service's user, which the responder runs as."""
    global user, uid
    user = subprocess.run(
        [REPOSITORY / "serve/service-user"], check=True, capture_output=True, text=True
    ).stdout.strip()
    uid = subprocess.run(["id", "-u", user], check=True, capture_output=True, text=True).stdout.strip()


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Launched(unittest.TestCase):
    def setUp(self):
        self.stage = Path(tempfile.mkdtemp(prefix="launcher-test.", dir="/var/tmp"))
        self.addCleanup(shutil.rmtree, self.stage)
        self.stage.chmod(0o755)
        for name in ("launcher_zygote.py", "launcher_responder.py"):
            shutil.copy(Path(__file__).with_name(name), self.stage)
            (self.stage / name).chmod(0o755)
        self.workers = self.stage / "workers"
        self.outside = self.stage / "outside"
        self.outside.mkdir()
        self.outside.chmod(0o777)
        (self.outside / "file").touch()

    def command(self, runner, responder, *options, identity=()):
        return [
            "unshare",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            *identity,
            LAUNCHER,
            "--user",
            user,
            "--runner",
            self.stage / runner,
            "--uid-range",
            f"{FIRST}-{LAST}",
            "--directory",
            self.workers,
            *options,
            "--",
            *responder,
        ]

    def run_launcher(self, scenario, *options, identity=()):
        """What the responder told, the exit status, and the launcher's own words."""
        responder = ["/usr/bin/python3", "-I", self.stage / "launcher_responder.py", scenario]
        command = self.command("launcher_zygote.py", responder, *options, identity=identity)
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=HANG, stdin=subprocess.DEVNULL, check=False
        )
        return [json.loads(line) for line in done.stdout.splitlines()], done.returncode, done.stderr

    def told(self, scenario, *options):
        values, status, words = self.run_launcher(scenario, *options)
        self.assertEqual((status, words), (0, ""))
        return values


class Served(Launched):
    """With the whole service, in the tier uid."""

    def start_service(self, options, identity=()):
        """What it logs is read by logged(). `identity` is what the launcher is started by."""
        # Below directories that are root's alone, as the runner demands.
        place = tempfile.mkdtemp(prefix="launcher-test.", dir="/run")
        self.addCleanup(shutil.rmtree, place)
        os.chmod(place, 0o755)
        self.workers = Path(place) / "workers"
        for name in ("python-executor", "python-executor-runner", "python-executor-shm.so"):
            shutil.copy(PROGRAMS / name, self.stage)
        self.socket = self.outside / "socket"
        options = ["--ready-fd=1", "--tier=uid", "--minimum-tier=uid", "--preload-common=json", *options]
        self.log = open(self.stage / "log", "w+", encoding="utf-8")
        self.addCleanup(self.log.close)
        self.process = subprocess.Popen(
            self.command(
                "python-executor-runner",
                [self.stage / "python-executor", "--socket", self.socket, *options],
                identity=identity,
            ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.log,
        )
        self.addCleanup(self.end)

    def await_ready(self):
        self.assertEqual(self.process.stdout.readline(), b"READY=1\n", self.logged())

    def launcher(self):
        return children(self.process.pid)[0]

    def end(self):
        if self.process.poll() is None:
            os.kill(self.launcher(), signal.SIGTERM)
        self.process.communicate(timeout=HANG)

    def logged(self):
        self.log.seek(0)
        return self.log.read()

    def answer_to(self, **job):
        """The text of the service's answer."""
        client = ["/usr/bin/python3", fastcgi_client.__file__, self.socket]
        return subprocess.run(
            client, input=json.dumps(job), check=True, capture_output=True, text=True, timeout=HANG
        ).stdout
