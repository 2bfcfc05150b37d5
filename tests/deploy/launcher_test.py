"""The launcher, between a responder and a runner that do what each case tells them: whom it starts, with
which rights, what it refuses, and that nothing of a zygote's users is left when it has ended.

It must be root and kills everything of a user id, so each case has a PID namespace of its own: nothing
outside can be reached, whatever is wrong with it.
"""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LAUNCHER = Path(os.environ.get("EXECUTOR_BIN", REPOSITORY / "build/release")) / "python-executor-launcher"
HANG = 120  # seconds: nothing takes that long
FIRST, LAST = 30000, 30799
SLICE = (LAST - FIRST + 1) // 8
CAPABILITIES = f"{0b1_1110_0011:016x}"  # chown, dac_override, kill, setgid, setuid, setpcap


def setUpModule():
    global user, uid
    user = subprocess.run([REPOSITORY / "scripts/service-user"], check=True, capture_output=True,
                          text=True).stdout.strip()
    uid = subprocess.run(["id", "-u", user], check=True, capture_output=True, text=True).stdout.strip()


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

    def run_launcher(self, scenario, *options, identity=()):
        """What the responder told, the exit status, and the launcher's own words."""
        command = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", *identity, LAUNCHER,
                   "--user", user, "--runner", self.stage / "launcher_zygote.py",
                   "--uid-range", f"{FIRST}-{LAST}", "--directory", self.workers, *options, "--",
                   "/usr/bin/python3", "-I", self.stage / "launcher_responder.py", scenario]
        done = subprocess.run(command, capture_output=True, text=True, timeout=HANG,
                              stdin=subprocess.DEVNULL, check=False)
        return [json.loads(line) for line in done.stdout.splitlines()], done.returncode, done.stderr

    def told(self, scenario, *options):
        values, status, words = self.run_launcher(scenario, *options)
        self.assertEqual((status, words), (0, ""))
        return values


class Zygotes(Launched):
    def test_a_zygote_has_its_ids_six_capabilities_and_nothing_else(self):
        (answer, ids, facts), = self.told(
            "z = Zygote(); tell([z.answer.decode(), z.ask('[FIRST, LAST, DIRECTORY]'), z.ask('facts()')])")
        self.assertEqual(answer, "started")
        self.assertEqual(ids, [FIRST, FIRST + SLICE - 1, str(self.workers)])
        self.assertEqual(facts, {
            "uid": ["0"] * 4, "capabilities": [CAPABILITIES] * 2, "no_new_privs": "1",
            "environment": "", "descriptors": [0, 1, 2], "session": True})

    def test_each_zygote_has_ids_of_its_own_until_none_are_left(self):
        *firsts, refusal = self.told(
            "zygotes = [Zygote() for _ in range(9)]\n"
            "for z in zygotes[:8]: tell(z.ask('FIRST'))\n"
            "tell([zygotes[8].answer.decode(), zygotes[8].pidfd])")
        self.assertEqual(firsts, [FIRST + i * SLICE for i in range(8)])
        self.assertEqual(refusal, ["no user ids are left", None])

    def test_what_a_zygote_leaves_is_killed_and_removed_and_nothing_of_others(self):
        found = self.told(
            "one, other = Zygote(), Zygote()\n"
            "left = [os.pidfd_open(one.ask(f'leave_process(FIRST + {i})')) for i in (0, 2)]\n"
            "kept = os.pidfd_open(other.ask('leave_process(FIRST)'))\n"
            "tell([one.ask('leave_files(FIRST)'), other.ask('leave_files(FIRST + 4)')])\n"
            "tell([one.end(), *map(has_ended, left)])\n"
            "tell([bool(select.select([kept], [], [], 0)[0]), other.ask('os.getpid()') > 0])\n"
            "tell(os.path.exists(f'{other.ask(\"DIRECTORY\")}/{other.ask(\"FIRST + 4\")}'))\n")
        self.assertEqual(found, [[0, 0], [True, True, True], [False, True], True])
        self.assertEqual(list(self.workers.iterdir()), [])  # at the end everything is gone
        self.assertTrue((self.outside / "file").exists())

    def test_a_slice_is_given_again_only_when_it_is_swept(self):
        again, = self.told(
            "zygotes = [Zygote() for _ in range(8)]\n"
            "first = zygotes[0].ask('FIRST')\n"
            "zygotes[0].ask('leave_process(FIRST)'); zygotes[0].ask('leave_files(FIRST)')\n"
            "zygotes[0].end()\n"
            "while (z := Zygote()).pidfd is None: pass\n"
            "tell([z.ask('FIRST') == first, z.ask('os.listdir(DIRECTORY)')])")
        self.assertEqual(again, [True, []])


class Refusals(Launched):
    def check_closed(self, act):
        """After `act` nothing can be asked for any more; the responder is left alone."""
        answer, next_answer = self.told(
            "pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n"
            f"tell(({act})[0].decode())\n"
            "tell(Zygote().answer.decode())")
        self.assertEqual((answer, next_answer), ("", ""))

    def test_another_word_closes_the_channel(self):
        self.check_closed("request(b'stop', [pair[0].fileno()])")

    def test_a_word_too_many_closes_the_channel(self):
        self.check_closed("request(b'start /bin/sh', [pair[0].fileno()])")

    def test_an_empty_packet_closes_the_channel(self):
        self.check_closed("request(b'')")

    def test_a_request_without_a_control_socket_closes_the_channel(self):
        self.check_closed("request()")

    def test_a_request_with_two_descriptors_closes_the_channel(self):
        self.check_closed("request(descriptors=[pair[0].fileno(), pair[1].fileno()])")

    def test_a_request_longer_than_a_packet_closes_the_channel(self):
        self.check_closed("request(b'start' * 20_000, [pair[0].fileno()])")

    def test_it_starts_as_root_only(self):
        identity = ["setpriv", "--reuid", user, "--clear-groups"]
        _, status, words = self.run_launcher("", identity=identity)
        self.assertEqual(status, 1)
        self.assertIn("only root can give workers user ids", words)

    def test_a_responder_that_would_be_root_is_not_started(self):
        values, status, words = self.run_launcher("tell(1)", "--user", "root")
        self.assertEqual((values, status), ([], 126))
        self.assertIn("the responder must not run as root", words)


class Responder(Launched):
    STATUS = ("status = dict(l.rstrip('\\n').split(':\\t', 1) for l in open('/proc/self/status'))\n"
              "tell([status[k] for k in ('Uid', 'Groups', 'CapPrm', 'CapEff', 'NoNewPrivs', 'CapBnd')])")

    def test_it_is_an_ordinary_user_without_capabilities(self):
        (ids, groups, permitted, effective, _, _), = self.told(self.STATUS)
        self.assertEqual((ids.split(), groups.strip()), ([uid] * 4, ""))
        self.assertEqual((permitted, effective), ("0" * 16, "0" * 16))

    def test_without_firejail_it_can_never_gain_any(self):
        (*_, no_new_privs, bounding_set), = self.told(self.STATUS, "--without-firejail")
        self.assertEqual((no_new_privs, bounding_set), ("1", "0" * 16))

    def test_it_is_told_the_range_of_ids(self):
        (words,) = self.told("tell(sys.argv[2:])")
        self.assertEqual([w for w in words if w.startswith("--uid-range")],
                         [f"--uid-range={FIRST}-{LAST}"])

    def test_its_exit_status_is_the_launchers(self):
        self.assertEqual(self.run_launcher("sys.exit(7)")[1], 7)
        self.assertEqual(self.run_launcher("os.kill(os.getpid(), 9)")[1], 128 + 9)

    def test_with_it_all_zygotes_end_those_too_that_do_not_want_to(self):
        values, status, _ = self.run_launcher(
            "z = Zygote(); tell(z.ask('leave_process(FIRST)'))\n"
            "z.control.send(b'ignore_the_end()'); sys.exit(3)")
        self.assertEqual((len(values), status), (1, 3))  # it waited, and the namespace is empty
        self.assertEqual(list(self.workers.iterdir()), [])

    def test_a_signal_to_the_launcher_reaches_it(self):
        values, status, _ = self.run_launcher(
            "import signal\n"
            "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])\n"
            "Zygote().ask('os.kill(os.getppid(), signal.SIGHUP)')\n"
            "tell(signal.sigtimedwait([signal.SIGHUP], 60).si_signo == signal.SIGHUP)")
        self.assertEqual((values, status), ([True], 0))


if __name__ == "__main__":
    unittest.main()
