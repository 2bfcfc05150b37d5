"""A virtual machine whose systemd delegates cgroup v2 to the service, for tests of what limits a run there.

The service runs as its own user, with one light preload set so that it starts quickly in an emulated
machine. Requests go straight to its FastCGI socket.
"""

import json
import os
import re
import time
import unittest
from pathlib import Path

from support import fastcgi_client, vm

REPOSITORY = Path(__file__).resolve().parents[3]
PROGRAMS = Path(os.environ.get("EXECUTOR_BIN", REPOSITORY / "build/release"))
ATTACKS = REPOSITORY / "tests/escape"
HANG = 300  # seconds: nothing takes that long
PATIENCE = 200  # seconds for a script: to fill the memory takes an emulated machine long, and a busy one longer
READY = 2
MEMORY_MB, SCRATCH_MB, ALLOWANCE_MB, PROCESSES = 512, 64, 64, 64
TREE = "/sys/fs/cgroup/system.slice/executor.service"

COMMAND = (
    "/opt/executor/python-executor --socket /run/python-executor/responder.sock "
    "--firejail-profile /opt/executor/python-executor.profile --workers 8 "
    f"--ready {READY} --preload light: --preload-common 'json signal time mmap' "
    f"--max-timeout-seconds {PATIENCE} --script-timeout-seconds {PATIENCE} --cpu-limit-seconds {PATIENCE} --cgroup"
)
UNIT = (
    """
[Service]
User=python-executor
Delegate=cpu memory pids
RuntimeDirectory=python-executor
ExecStart={start}
ExecStopPost=+/bin/sh -c 'ls -d %s/runs > /run/executor-left 2>/dev/null; true'
Restart=always
RestartSec=0
[Unit]
StartLimitIntervalSec=0
"""
    % TREE
)


def boot():
    """The machine, with the service in it, for all tests of the calling module, until its end."""
    global machine
    machine = vm.Machine(memory=2560)
    machine.__enter__()
    unittest.addModuleCleanup(machine.__exit__)
    programs = [PROGRAMS / name for name in ("python-executor", "python-executor-runner")]
    machine.put(*programs, REPOSITORY / "firejail/python-executor.profile", to="/opt/executor")
    machine.put(fastcgi_client.__file__, to="/opt/executor")
    machine.run(
        "useradd --system --user-group --no-create-home --home-dir /nonexistent "
        "--shell /usr/sbin/nologin python-executor"
    )
    start(f"{COMMAND} required")
    return machine


def start(command):
    """(Re)starts the service with this command; returns when it is ready for scripts."""
    machine.run("systemctl stop executor.service", check=False)
    machine.write("/etc/systemd/system/executor.service", UNIT.format(start=command))
    machine.run("systemctl daemon-reload; journalctl --rotate --vacuum-time=1s; " "systemctl start executor.service")
    await_ready()


def journal():
    return machine.run("journalctl --unit=executor.service --output=cat --boot").stdout


def until(condition, what):
    """Waits for what no event announces outside of the machine."""
    deadline = time.monotonic() + HANG
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} has not come:\n{journal()[-3000:]}")
        time.sleep(0.3)
    return value


def await_ready(times=1):
    """Waits until the journal has that many starts."""
    until(lambda: len(re.findall(r"\bready: tier full", journal())) >= times, "ready")


def post(source, timeout=None, **fields):
    body = json.dumps({"script": source, **fields} | ({"timeout": timeout} if timeout else {}))
    command = "python3 -I /opt/executor/fastcgi_client.py /run/python-executor/responder.sock"
    printed = machine.run(command, input=body.encode(), timeout=HANG).stdout
    try:
        return json.loads(printed)
    except ValueError:
        raise AssertionError(f"not an answer: {printed!r}\n{journal()[-3000:]}") from None


def attack(name, timeout=None, **fields):
    prelude = (ATTACKS / "prelude.py").read_text()
    source = (ATTACKS / f"{name}.py").read_text()
    return post(source.replace("from prelude import *", prelude), timeout, **fields)


def runs():
    """Of each cgroup below runs/: its number, whether a process is in it, and the most memory that it
    has held: 0 when it never had a process."""
    listing = machine.run(
        f"cd {TREE}/runs && for run in */; do echo ${{run%/}} "
        "$(grep -c 'populated 1' $run/cgroup.events) $(cat $run/memory.peak); done",
        check=False,
    ).stdout
    return [tuple(map(int, line.split())) for line in listing.splitlines() if line.count(" ") == 2]


def settled():
    """Whether the workers that wait are all there is, with unused cgroups for the next ones."""
    now = runs()
    living = [run for run in now if run[1]]
    return len(living) == READY and all(run[1] or run[2] == 0 for run in now) and len(now) <= 2 * READY
