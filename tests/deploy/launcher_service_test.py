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


class TakenOver(Launched):
    """A responder that was taken over, with the product's own launcher and runner: it is the service's user,
    may write where that may, and says what it likes."""

    def setUp(self):
        super().setUp()
        self.place = Path(tempfile.mkdtemp(prefix="launcher-test.", dir="/run"))
        self.addCleanup(shutil.rmtree, self.place)
        self.place.chmod(0o755)
        self.workers = self.place / "workers"
        for program in ("python-executor", "python-executor-runner", "python-executor-shm.so"):
            shutil.copy(PROGRAMS / program, self.stage)
        self.mark = self.outside / "mark"

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
