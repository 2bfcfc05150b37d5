"""The launcher, between a responder and a runner that follow each case's orders: whom it starts, with
which rights, what it refuses, and that nothing of a zygote's users is left when it has ended.
"""

import subprocess
import unittest
from pathlib import Path

from support import launched
from support.launched import FIRST, HANG, LAST, Launched

SLICE = (LAST - FIRST + 1) // 8
CAPABILITIES = f"{0b1_1110_0011:016x}"  # chown, dac_override, kill, setgid, setuid, setpcap


def setUpModule():
    launched.make_user()


class Zygotes(Launched):
    def test_a_zygote_has_its_ids_six_capabilities_and_nothing_else(self):
        ((answer, ids, facts),) = self.told(
            "z = Zygote(); tell([z.answer.decode(), z.ask('[FIRST, LAST, DIRECTORY]'), z.ask('facts()')])"
        )
        self.assertEqual(answer, "started")
        self.assertEqual(ids, [FIRST, FIRST + SLICE - 1, str(self.workers)])
        self.assertEqual(
            facts,
            {
                "uid": ["0"] * 4,
                "capabilities": [CAPABILITIES] * 2,
                "no_new_privs": "1",
                "environment": "",
                "descriptors": [0, 1, 2],
                "session": True,
            },
        )
        self.assertEqual(self.told("tell(Zygote().ask('SETUP'))"), ["a setup"])

    def test_each_zygote_has_ids_of_its_own_until_none_are_left(self):
        *firsts, refusal = self.told(
            "zygotes = [Zygote() for _ in range(9)]\n"
            "for z in zygotes[:8]: tell(z.ask('FIRST'))\n"
            "tell([zygotes[8].answer.decode(), zygotes[8].pidfd])"
        )
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
            'tell(os.path.exists(f\'{other.ask("DIRECTORY")}/{other.ask("FIRST + 4")}\'))\n'
        )
        self.assertEqual(found, [[0, 0], [True, True, True], [False, True], True])
        self.assertEqual(list(self.workers.iterdir()), [])  # at the end everything is gone
        self.assertTrue((self.outside / "file").exists())

    def test_a_slice_is_given_again_only_when_it_is_swept(self):
        (again,) = self.told(
            "zygotes = [Zygote() for _ in range(8)]\n"
            "first = zygotes[0].ask('FIRST')\n"
            "zygotes[0].ask('leave_process(FIRST)'); zygotes[0].ask('leave_files(FIRST)')\n"
            "zygotes[0].end()\n"
            "z = next_zygote()\n"
            "tell([z.ask('FIRST') == first, z.ask('os.listdir(DIRECTORY)')])"
        )
        self.assertEqual(again, [True, []])

    def check_cleared(self, leave, times=1):
        """Files that many zygotes in turn leave behind do not block the slice for others."""
        (again,) = self.told(
            "others = [Zygote() for _ in range(7)]\n"
            f"for _ in range({times}):\n"
            f"    z = next_zygote(); {leave}; z.end()\n"
            "z = next_zygote(); tell([z.ask('FIRST'), z.ask('os.listdir(DIRECTORY)')])"
        )
        self.assertEqual(again, [FIRST + 7 * SLICE, []])

    def test_a_seat_that_a_killed_zygote_has_only_begun_to_make_is_removed(self):
        self.check_cleared("[z.ask(f'begin_seat(FIRST + {2 * n}, {n})') for n in (1, 2, 3)]")

    def test_a_sweeper_that_a_killed_zygote_leaves_at_work_does_not_keep_the_ids(self):
        self.check_cleared("[z.ask(f'leave_sweeper(FIRST + {2 * n})') for n in range(8)]", times=8)

    def test_ids_that_could_not_be_cleared_are_cleared_when_they_can_be(self):
        (first,) = self.told(
            "others = [Zygote() for _ in range(7)]\n"
            "z = Zygote(); z.ask('begin_seat(FIRST, 3)')\n"
            "file = z.ask('f\"{DIRECTORY}/{FIRST}/tmp/file\"')\n"
            "z.ask(f'os.mkfifo({file!r})'); z.end()\n"
            "children = f'/proc/{os.getppid()}/task/{os.getppid()}/children'\n"
            "while len(open(children).read().split()) > 1 + len(others): pass\n"
            "others[0].ask(f'os.remove({file!r})')\n"
            "tell(next_zygote().ask('FIRST'))"
        )
        self.assertEqual(first, FIRST + 7 * SLICE)


class Lifelines(Launched):
    def test_a_stopped_zygote_ends_with_its_lifeline_and_all_of_its_users_with_it(self):
        found = self.told(
            "one, other = Zygote(), Zygote()\n"
            "left = os.pidfd_open(one.ask('leave_process(FIRST)'))\n"
            "one.stop(); one.lifeline.close()\n"
            "tell([has_ended(one.pidfd), has_ended(left)])\n"
            "tell(other.ask('os.getpid()') > 0)"
        )
        self.assertEqual(found, [[True, True], True])

    def test_stopped_zygotes_do_not_use_up_the_ids(self):
        (firsts,) = self.told(
            "firsts = []\n"
            "for _ in range(20):\n"
            "    z = next_zygote(); firsts.append(z.ask('FIRST'))\n"
            "    z.stop(); z.control.close(); z.lifeline.close()\n"
            "tell(firsts)"
        )
        self.assertEqual(len(set(firsts)), 8)

    def test_a_word_on_it_is_the_end_as_well(self):
        found = self.told("z = Zygote(); z.stop(); z.lifeline.send(b'?'); tell(has_ended(z.pidfd))")
        self.assertEqual(found, [True])

    def test_a_zygote_keeps_no_lifeline(self):
        # Of another, or of its own: closing it would end no process.
        found = self.told(
            "one, other = Zygote(), Zygote()\n" "for z in (one, other): tell(z.ask('facts()')['descriptors'])"
        )
        self.assertEqual(found, [[0, 1, 2]] * 2)


class Refusals(Launched):
    def check_closed(self, act):
        """After `act` nothing can be asked for any more; the responder is left alone."""
        answer, next_answer = self.told(
            "pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n"
            f"tell(({act})[0].decode())\n"
            "tell(Zygote().answer.decode())"
        )
        self.assertEqual((answer, next_answer), ("", ""))

    def test_another_word_closes_the_channel(self):
        self.check_closed("request(b'stop', [pair[0].fileno()])")

    def test_a_word_too_many_closes_the_channel(self):
        self.check_closed("request(b'start /bin/bash', [pair[0].fileno()])")

    def test_an_empty_packet_closes_the_channel(self):
        self.check_closed("request(b'')")

    def test_a_request_that_names_no_setup_closes_the_channel(self):
        self.check_closed("request(b'start', [pair[0].fileno()])")

    def test_a_request_with_a_setup_of_its_own_closes_the_channel(self):
        self.check_closed("request(START + b'another setup', [pair[0].fileno()])")

    def test_a_setup_that_the_command_line_does_not_have_is_refused(self):
        refusal, after = self.told(
            "tell(Zygote(start(b'another setup')).answer.decode())\n" "tell(Zygote().answer.decode())"
        )
        self.assertEqual((refusal, after), ("the launcher does not know this setup", "started"))

    def test_a_responder_that_others_than_root_can_write_is_not_run(self):
        program = self.outside / "responder"
        program.write_text("#!/bin/sh\ntouch ran\n", encoding="ascii")
        program.chmod(0o755)
        done = subprocess.run(
            self.command("launcher_zygote.py", [program]),
            capture_output=True,
            text=True,
            timeout=HANG,
            cwd=self.outside,
            check=False,
        )
        self.assertEqual((done.returncode, (self.outside / "ran").exists()), (1, False))
        self.assertIn("can be written by others than root", done.stderr)

    def test_a_request_without_a_control_socket_closes_the_channel(self):
        self.check_closed("request()")

    def test_a_request_with_two_descriptors_closes_the_channel(self):
        self.check_closed("request(descriptors=[pair[0].fileno(), pair[1].fileno()])")

    def test_a_request_longer_than_a_packet_closes_the_channel(self):
        self.check_closed("request(b'start' * 20_000, [pair[0].fileno()])")

    def test_it_starts_as_root_only(self):
        identity = ["setpriv", "--reuid", launched.user, "--clear-groups"]
        _, status, words = self.run_launcher("", identity=identity)
        self.assertEqual(status, 1)
        self.assertIn("only root can give workers user ids", words)

    def test_a_responder_that_would_be_root_is_not_started(self):
        values, status, words = self.run_launcher("tell(1)", "--user", "root")
        self.assertEqual((values, status), ([], 126))
        self.assertIn("the responder must not run as root", words)


class Responder(Launched):
    STATUS = (
        "status = dict(l.rstrip('\\n').split(':\\t', 1) for l in open('/proc/self/status'))\n"
        "tell([status[k] for k in ('Uid', 'Groups', 'CapPrm', 'CapEff', 'NoNewPrivs', 'CapBnd')])"
    )

    def test_it_is_an_ordinary_user_without_capabilities(self):
        ((ids, groups, permitted, effective, _, _),) = self.told(self.STATUS)
        self.assertEqual((ids.split(), groups.strip()), ([launched.uid] * 4, ""))
        self.assertEqual((permitted, effective), ("0" * 16, "0" * 16))

    def test_without_firejail_it_can_never_gain_any(self):
        ((*_, no_new_privs, bounding_set),) = self.told(self.STATUS, "--without-firejail")
        self.assertEqual((no_new_privs, bounding_set), ("1", "0" * 16))

    def test_where_only_the_tier_uid_may_be_used_it_can_never_gain_any(self):
        (self.stage / "setups").write_text("only-uid\nsetup 00\n", encoding="ascii")
        ((*_, no_new_privs, bounding_set),) = self.told(self.STATUS)
        self.assertEqual((no_new_privs, bounding_set), ("1", "0" * 16))

    def test_where_there_can_be_no_other_tier_it_can_never_gain_any(self):
        without = ["setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin"]
        count = Path("/proc/sys/user/max_user_namespaces").read_text(encoding="ascii")
        values, _, words = self.run_launcher(self.STATUS, identity=without)
        ((*_, no_new_privs, _),) = values
        # Here an ordinary user can make user namespaces unless there may be none at all.
        self.assertEqual(no_new_privs, "1" if count.strip() == "0" else "0", words)

    def test_it_gets_the_range_of_ids(self):
        (words,) = self.told("tell(sys.argv[2:])")
        self.assertEqual([w for w in words if w.startswith("--uid-range")], [f"--uid-range={FIRST}-{LAST}"])

    def test_its_exit_status_is_the_launchers(self):
        self.assertEqual(self.run_launcher("sys.exit(7)")[1], 7)
        self.assertEqual(self.run_launcher("os.kill(os.getpid(), 9)")[1], 128 + 9)

    def test_with_it_all_zygotes_end_those_too_that_do_not_want_to(self):
        values, status, _ = self.run_launcher(
            "z = Zygote(); tell(z.ask('leave_process(FIRST)'))\n" "z.control.send(b'ignore_the_end()'); sys.exit(3)"
        )
        self.assertEqual((len(values), status), (1, 3))  # it waited, and the namespace is empty
        self.assertEqual(list(self.workers.iterdir()), [])

    def test_a_signal_to_the_launcher_reaches_it(self):
        values, status, _ = self.run_launcher(
            "import signal\n"
            "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])\n"
            "Zygote().ask('os.kill(os.getppid(), signal.SIGHUP)')\n"
            "tell(signal.sigtimedwait([signal.SIGHUP], 60).si_signo == signal.SIGHUP)"
        )
        self.assertEqual((values, status), ([True], 0))


class Reload(Launched):
    def test_setups_are_asked_for_again_before_the_responder_reads_its_configuration_again(self):
        values = self.told(
            "import signal\n"
            "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])\n"
            "z, new = Zygote(), b'new'\n"
            "tell(Zygote(start(new)).answer.decode())\n"
            'z.ask(f\'open({str(lines)!r}, "w").write("setup {new.hex()}\\\\n")\')\n'
            "z.ask('os.kill(os.getppid(), signal.SIGHUP)')\n"
            "signal.sigtimedwait([signal.SIGHUP], 60)\n"
            "tell([Zygote(start(new)).answer.decode(), Zygote().answer.decode()])"
        )
        self.assertEqual(values, ["the launcher does not know this setup", ["started"] * 2])


if __name__ == "__main__":
    unittest.main()
