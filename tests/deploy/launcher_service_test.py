"""The launcher between the real responder and runner: a responder that was taken over, and zygotes that are
stopped.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from support import launched
from support.launched import FIRST, HANG, LAST, PROGRAMS, Launched, Served, children

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"  # the system's, which runs this


def setUpModule():
    launched.make_user()


def name(pid):
    """None when it is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip()
    except (FileNotFoundError, ProcessLookupError):
        return None


class RealRunner(Launched):
    """The product's own launcher and runner, with a responder that follows each case's orders."""

    def setUp(self):
        super().setUp()
        self.place = Path(tempfile.mkdtemp(prefix="launcher-test.", dir="/run"))
        self.addCleanup(shutil.rmtree, self.place)
        self.place.chmod(0o755)
        self.workers = self.place / "workers"
        for program in ("python-executor", "python-executor-runner", "python-executor-shm.so"):
            shutil.copy(PROGRAMS / program, self.stage)

    def use_setup(self, *options):
        command = [
            self.stage / "python-executor",
            "--preload-common=json",
            "--preload=light:",
            f"--uid-range={FIRST}-{LAST}",
            *options,
            "--print-setups",
        ]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        (self.stage / "setups").write_text(done.stdout, encoding="ascii")


class TakenOver(RealRunner):
    """A responder that was taken over: it is the service's user, may write where that may, and says what it
    likes."""

    def setUp(self):
        super().setUp()
        self.mark = self.outside / "mark"

    def make_library(self):
        """A standard library of links with one module that leaves a mark, as the service's user has made it."""
        evil, real = self.outside / "evil", Path(f"/usr/lib/python{PYTHON}")
        library = evil / f"lib/python{PYTHON}"
        library.mkdir(parents=True)
        (evil / "bin").mkdir()
        (evil / "bin/python3").touch(0o755)
        for entry in real.iterdir():
            if entry.name not in ("traceback.py", "__pycache__"):
                (library / entry.name).symlink_to(entry)
        leave_mark = f"\nopen({str(self.mark)!r}, 'a').write('ran')\n"
        source = (real / "traceback.py").read_text(encoding="utf-8")
        (library / "traceback.py").write_text(source + leave_mark, encoding="utf-8")
        subprocess.run(["chown", "-R", "-h", f"{launched.user}:", evil], check=True)
        return evil / "bin/python3"

    def start_zygote(self, act=""):
        """What the zygote says first, after `act`."""
        values, status, words = self.run_zygote(
            "z = Zygote()\n" + act + "\ntell(z.control.recv(4096).decode('latin-1'))"
        )
        self.assertEqual((status, words), (0, ""))
        return values

    def run_zygote(self, scenario):
        responder = ["/usr/bin/python3", "-I", self.stage / "launcher_responder.py", scenario]
        done = subprocess.run(
            self.command("python-executor-runner", responder),
            capture_output=True,
            text=True,
            timeout=HANG,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        return [json.loads(line) for line in done.stdout.splitlines()], done.returncode, done.stderr

    def test_the_zygote_does_not_start_a_python_of_its_choice(self):
        self.use_setup()
        evil = str(self.make_library())
        said, after = self.start_zygote(
            "old = struct.pack('<I', 16) + b'/usr/bin/python3'\n"
            f"new = struct.pack('<I', {len(evil)}) + {evil!r}.encode()\n"
            "assert SETUPS[0].count(old) == 1\n"
            "z.control.send(SETUPS[0].replace(old, new))\n"
            "z.control.settimeout(60)\n"
            "tell(z.control.recv(4096).decode('latin-1'))\n"
        )
        self.assertIn(PYTHON, said)  # with its own setup it is ready, and it ends at such a word
        self.assertEqual(after, "")
        self.assertFalse(self.mark.exists())

    def check_refused(self, path):
        self.use_setup(f"--python-path={path}")
        (said,) = self.start_zygote()
        self.assertIn(
            "can be written by others than root",
            said.replace("is a link that is not root's", "can be written by others than root"),
        )

    def test_modules_that_others_than_root_can_write_are_not_imported(self):
        self.check_refused(self.outside)

    def test_a_link_that_others_than_root_can_change_is_not_followed(self):
        link = self.outside / "link"
        link.symlink_to("/usr/share")
        self.check_refused(link)

    def test_a_zygote_is_asked_for_workers_and_for_nothing_else(self):
        self.use_setup()
        for word in ("b'?'", "b''", "struct.pack('<BIB', 1, 1, 0)", "struct.pack('<BI', 1, 2**31)"):
            said, after = self.start_zygote(
                "z.control.settimeout(60)\n" f"tell(z.control.recv(4096).decode('latin-1')); z.control.send({word})\n"
            )
            self.assertIn(PYTHON, said)
            self.assertEqual(after, "", word)


# Runs next to the service, as root in its PID namespace, and evaluates a line at a time.
INSIDE = """
import json, os, resource, signal, sys, time

def stay(uid):
    # A process of that user, which stays as a zombie when it is killed: a sweep of the user does not end.
    ready, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        os.write(write, b".")
        signal.pause()
    os.read(ready, 1)
    return child

def has_ended(child):
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT) is not None

def reap(child):
    return os.waitpid(child, 0)[1]

def give_next(pid):
    # The next process gets this id.
    with open("/proc/sys/kernel/ns_last_pid", "w") as file:
        file.write(str(pid - 1))

def named(name):
    found = []
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        try:
            if open(f"/proc/{pid}/comm").read().strip() == name:
                found.append(int(pid))
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found

def user_of(pid):
    # Once the worker has become one.
    while True:
        uid = int(open(f"/proc/{pid}/status").read().split("Uid:")[1].split()[0])
        if uid:
            return uid
        time.sleep(0.01)

def sweeper(besides=0):
    while True:
        for pid in named("python-sweeper"):
            if pid != besides:
                return pid
        time.sleep(0.01)

def open_no_more(zygote, limit=3):
    # Nor can it clone: each clone comes with a descriptor. Returns how many it could have open before.
    before = resource.prlimit(zygote, resource.RLIMIT_NOFILE)
    resource.prlimit(zygote, resource.RLIMIT_NOFILE, (limit, before[1]))
    return before[0]

for line in sys.stdin:
    signal.alarm(60)
    print(json.dumps(eval(line)), flush=True)
"""

# A responder that starts and ends workers of a zygote when it is asked to.
RESPONDER = """
z = Zygote()
z.control.settimeout(60)
lifelines, kept = [], []

def receive():
    message, ancillary, _, _ = z.control.recvmsg(4096, socket.CMSG_SPACE(64))
    received = array.array("i")
    for _, _, data in ancillary:
        received.frombytes(data)
    return message, list(received)

def spawn():
    z.control.send(struct.pack("<BI", 1, 1))
    _, fds = receive()
    kept.append(fds)
    lifelines.append(socket.socket(fileno=fds[4]))
    return int(open(f"/proc/self/fdinfo/{fds[3]}").read().split("Pid:")[1].split()[0])

def end(worker):
    lifelines[worker].shutdown(socket.SHUT_WR)

def has_hung_up(worker):
    return bool(select.select([lifelines[worker]], [], [], 0)[0])

def exited():
    # The number of the worker; all that was said, if it is something else.
    message, _ = receive()
    return struct.unpack("<Q", message[1:9])[0] - 1 if message[:1] == b"\\4" else message.decode("latin-1")

receive()
for line in sys.stdin:
    tell(eval(line))
"""


class Asked:
    """A program that evaluates lines."""

    def __init__(self, command, **options):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options)

    def __call__(self, expression):
        self.process.stdin.write(expression + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline() or '"it has ended"')

    def end(self):
        self.process.stdin.close()
        self.process.wait(timeout=HANG)
        self.process.stdout.close()


def inside(launcher):
    """Asked, in the launcher's namespaces."""
    enter = ["nsenter", f"--target={launcher}", "--pid", "--mount"]
    return Asked([*enter, "/usr/bin/python3", "-I", "-c", INSIDE])


class Sweeps(RealRunner):
    """The process ids and sweepers of a zygote's workers, while something of a worker is left."""

    def setUp(self):
        super().setUp()
        self.use_setup()
        responder = ["/usr/bin/python3", "-I", self.stage / "launcher_responder.py", RESPONDER]
        self.responder = Asked(self.command("python-executor-runner", responder))
        self.addCleanup(self.responder.end)
        self.worker = self.responder("spawn()")
        self.inside = inside(children(self.responder.process.pid)[0])
        self.addCleanup(self.inside.end)
        self.left = self.inside(f"stay(user_of({self.worker}))")

    def check_swept(self):
        self.assertEqual(self.inside(f"reap({self.left})"), signal.SIGKILL)
        self.assertEqual(self.responder("exited()"), 0)
        self.assertTrue(self.responder("has_hung_up(0)"))

    def test_a_worker_may_have_the_process_id_of_one_that_is_still_swept(self):
        self.responder("end(0)")
        self.inside("sweeper()")
        self.inside(f"give_next({self.worker})")
        self.assertEqual(self.responder("spawn()"), self.worker)
        user = self.inside(f"user_of({self.worker})")
        self.assertFalse(self.responder("has_hung_up(0)"))
        self.check_swept()
        self.assertFalse(self.responder("has_hung_up(1)"))
        self.assertNotEqual(self.inside(f"user_of({self.responder('spawn()')})"), user)
        self.assertEqual(self.responder("[end(1), exited()]"), [None, 1])
        self.assertEqual(self.responder("[end(2), exited()]"), [None, 2])
        self.assertEqual(list(self.workers.iterdir()), [])

    def test_after_a_sweeper_that_was_killed_another_sweeps(self):
        self.responder("end(0)")
        first = self.inside("sweeper()")
        self.inside(f"os.kill({first}, signal.SIGKILL)")
        self.inside(f"sweeper(besides={first})")
        self.assertFalse(self.responder("has_hung_up(0)"))
        self.check_swept()

    def test_where_no_sweeper_can_be_started_the_run_is_killed_and_swept_later(self):
        zygote = self.inside("named('python-zygote')[0]")
        most = self.inside(f"open_no_more({zygote})")
        self.responder("end(0)")
        self.assertTrue(self.inside(f"has_ended({self.left})"))
        self.assertEqual(self.inside("named('python-sweeper')"), [])
        self.assertFalse(self.responder("has_hung_up(0)"))
        self.inside(f"open_no_more({zygote}, {most})")
        self.inside("sweeper()")
        self.check_swept()
        self.assertEqual(self.inside(f"open('/proc/{zygote}/status').read().split('Uid:')[1].split()[:4]"), ["0"] * 4)


class Service(Served):
    SETS = ("csv", "wave", "sched", "shelve")  # half as many as there are slices

    def setUp(self):
        super().setUp()
        self.start_service(["--ready=1", *(f"--preload={name}: {name}" for name in self.SETS)])
        self.await_ready()

    def zygotes(self):
        """Pidfds of them, and not of what they have just cloned."""
        return [os.pidfd_open(pid) for pid in children(self.launcher()) if name(pid) == "python-zygote"]

    def ask(self, module):
        """Has a worker of the set that has the module imported answer."""
        return self.answer_to(script=f"import {module}\ndef main(): return 42")

    def check_serves(self):
        for module in self.SETS:
            deadline = time.monotonic() + HANG
            while '"result": 42' not in (answer := self.ask(module)):
                self.assertIn("Server is at capacity", answer, self.logged())
                self.assertLess(time.monotonic(), deadline, self.logged())

    def test_it_works_after_more_stopped_zygotes_than_there_are_slices(self):
        for _ in range(3):
            self.check_serves()
            stopped = self.zygotes()
            self.assertEqual(len(stopped), len(self.SETS), self.logged())
            for zygote in stopped:
                signal.pidfd_send_signal(zygote, signal.SIGSTOP)
            for module in self.SETS:
                self.ask(module)  # who takes the last ready worker owes its set another
            for zygote in stopped:
                self.assertTrue(select.select([zygote], [], [], HANG)[0], self.logged())
                os.close(zygote)
        self.check_serves()
        self.assertNotIn("no user ids are left", self.logged())


if __name__ == "__main__":
    unittest.main()
