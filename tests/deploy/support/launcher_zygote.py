#!/usr/bin/python3 -I
"""Stands for the runner where the launcher itself is tested: does what it receives on its control socket,
one expression a packet, and answers with the value as JSON. Ends when the socket does.

What a runner would do for a worker is offered as functions. The ids are those of the command line.
"""

import json
import os
import signal
import socket
import sys

FIRST, LAST, DIRECTORY = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
SETUP = socket.socket(fileno=3).recv(1 << 16).decode()


def facts():
    with open("/proc/self/status", encoding="ascii") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file)
    with open("/proc/self/environ", encoding="ascii") as file:  # Python has added to its own copy
        environment = file.read()
    return {
        "uid": status["Uid"].split(),
        "capabilities": [status["CapEff"], status["CapBnd"]],
        "no_new_privs": status["NoNewPrivs"],
        "environment": environment,
        "descriptors": sorted(fd for fd in range(256) if is_open(fd)),
        "session": os.getsid(0) == os.getpid(),
    }


def is_open(fd):
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def as_user(uid, act):
    """Runs `act` in a child that has become the user. Returns its process id at once."""
    child = os.fork()
    if child == 0:
        os.setsid()
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        act()
        os._exit(0)
    return child


def leave_process(uid):
    """One that outlives us and ignores what can be ignored."""

    def ignore():
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        os.write(ready, b".")
        while True:
            signal.pause()

    waiting, ready = os.pipe()
    child = as_user(uid, ignore)
    os.read(waiting, 1)
    return child


def leave_files(uid):
    """A slot as base/kill_and_wipe.h describes it, with a deep tree, a directory that no user may enter, and links
    to a world-writable one next to DIRECTORY."""

    def fill():
        os.chdir(f"{DIRECTORY}/{uid}/home")
        open("file", "w", encoding="ascii").close()
        os.makedirs("closed/below")
        os.chmod("closed", 0)
        os.symlink(f"{DIRECTORY}/../outside", "link")
        for _ in range(600):
            os.mkdir("deep")
            os.chdir("deep")

    os.mkdir(f"{DIRECTORY}/{uid}", 0o710)
    os.chown(f"{DIRECTORY}/{uid}", 0, uid)
    for name in ("home", "tmp"):
        os.mkdir(f"{DIRECTORY}/{uid}/{name}", 0o700)
        os.chown(f"{DIRECTORY}/{uid}/{name}", uid, uid)
    status = os.waitpid(as_user(uid, fill), 0)[1]
    return status


def begin_seat(uid, parts):
    """What a zygote leaves that dies while it makes a slot: that many of its three directories, still root's."""
    for path in ("", "/home", "/tmp")[:parts]:
        os.mkdir(f"{DIRECTORY}/{uid}{path}", 0o700)


def leave_sweeper(uid):
    """One with the ids of base/kill_and_wipe.h's that is not done and does not stop: it kills all processes with them."""
    waiting, ready = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setresuid(uid + 1, uid, uid + 1)  # and with root's id the capabilities go
        os.write(ready, b".")
        while True:
            try:
                os.kill(-1, signal.SIGKILL)
            except OSError:
                pass
    os.read(waiting, 1)
    return child


def ignore_the_end():
    """From now on only a signal ends this process."""
    signal.pause()


control = socket.socket(fileno=0)
while source := control.recv(1 << 16):
    control.send(json.dumps(eval(source)).encode())
