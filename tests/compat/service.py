"""A real service for the compatibility tests, and the same scripts without it.

The responder is started with limits that a test suite needs instead of a script, and spoken to on its
FastCGI socket with Debian's cgi-fcgi: no nginx, whose timeouts are made for scripts, is in between.
"""

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile

BIN = os.environ.get("EXECUTOR_BIN", "build/release")
SOURCE = os.environ.get("EXECUTOR_SOURCE", ".")
START_LIMIT = 120  # seconds
LONGEST_RUN = 900  # seconds

LIMITS = {
    "workers": 1,
    "ready": 1,
    "max-timeout-seconds": LONGEST_RUN,
    "front-timeout-seconds": LONGEST_RUN + 60,
    "cpu-limit-seconds": LONGEST_RUN,
    "memory-limit-mb": 4096,
    "max-output-kb": 65536,
    "max-result-kb": 65536,
    "file-size-limit-mb": 256,
    "scratch-limit-mb": 1024,
    "scratch-files": 100000,
    "processes": 512,
    "open-files": 512,
}

# Runs a script of the function dialect as the service does, but in a plain interpreter.
OUTSIDE = """
import json, sys, types
module = sys.modules["script"] = types.ModuleType("script")
out, sys.stdout = sys.stdout, sys.stderr
exec(compile(sys.stdin.read(), "script.py", "exec"), vars(module))
sys.stdin = open("/dev/null")
json.dump(module.main(), out)
"""


class Ended(Exception):
    """The run gave no result; says how it ended, and after which test."""


def last_test(stderr):
    return stderr.rsplit("\n@ ", 1)[-1].split("\n", 1)[0] if "\n@ " in stderr else "the start"


class Service:
    """Context manager: a responder in a directory of its own."""

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix="compat-")
        self.socket = f"{self.directory}/responder.sock"
        ready, ready_of_child = os.pipe()
        command = [f"{BIN}/python-executor", "--socket", self.socket]
        command += ["--firejail-profile", f"{SOURCE}/firejail/python-executor.profile"]
        command += ["--ready-fd", str(ready_of_child)]
        for name, value in LIMITS.items():
            command += [f"--{name}", str(value)]
        with open(f"{self.directory}/log", "wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[ready_of_child]
            )
        os.close(ready_of_child)
        readable, _, _ = select.select([ready], [], [], START_LIMIT)
        started = readable and os.read(ready, 16)
        os.close(ready)
        if not started:
            log = self.log()
            self.__exit__()
            raise RuntimeError("the service did not start:\n" + log)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def log(self):
        with open(f"{self.directory}/log", encoding="utf-8", errors="replace") as file:
            return file.read()

    def run(self, script, timeout):
        """What main() returned."""
        body = json.dumps({"script": script, "timeout": timeout}).encode()
        parameters = {
            "ROUTE": "execute",
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
        }
        answer = subprocess.run(
            ["cgi-fcgi", "-bind", "-connect", self.socket],
            input=body,
            stdout=subprocess.PIPE,
            env=parameters,
            check=True,
        ).stdout
        values = json.loads(answer.partition(b"\r\n\r\n")[2])
        if "result" not in values:
            where = last_test(values.get("stderr", ""))
            raise Ended(f"{values['error']} in {where}")
        return values["result"]


def run_outside(script, timeout):
    """What main() returns without a sandbox, as the same user, in an empty directory."""
    with tempfile.TemporaryDirectory(prefix="compat-") as home:
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": home,
            "TMPDIR": home,
            "LANG": "C.UTF-8",
        }
        for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            environment[threads] = "1"
        try:
            done = subprocess.run(
                [sys.executable, "-s", "-B", "-c", OUTSIDE],
                input=script.encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=home,
                env=environment,
                timeout=timeout,
            )
        except subprocess.TimeoutExpired as late:
            stderr = (late.stderr or b"").decode(errors="replace")
            raise Ended("timed out in " + last_test(stderr)) from late
    if done.returncode != 0:
        stderr = done.stderr.decode(errors="replace")
        raise Ended(f"ended with {done.returncode} in {last_test(stderr)}: {stderr[-300:]}")
    return json.loads(done.stdout)
