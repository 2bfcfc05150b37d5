"""The container with less than docker gives it, one flag at a time: it serves, or ends with one line that
says what is missing, and serves with what that line says to give. And its answers to commands, for which it
does not serve."""

import os
import re
import tempfile
import unittest

from support import images, podman

FULL = {"capabilities": podman.DOCKER | {"SYS_ADMIN", "NET_ADMIN"}, "seccomp": "unconfined"}
READ_ONLY = ["--read-only", "--read-only-tmpfs=false"]  # as docker's alone is


def setUpModule():
    global image
    image = images.build(arguments=["--build-arg", "VIEWERS=try"])


class Case(unittest.TestCase):
    def check_serves(self, tier, **options):
        with podman.Container(image, **options) as container:
            container.wait_until_ready()
            self.assertRegex(container.wait_for_line(r"ready: tier"), rf"ready: tier {tier}\b")
            status, _, answer = container.post("/execute", {"script": "def main():\n    return 6 * 7"})
            self.assertEqual((status, answer), (200, {"result": 42, "stdout": ""}), container.logs)

    def ended(self, *arguments, **options):
        """Its exit status, and what it has printed."""
        with podman.Container(image, *arguments, **options) as container:
            return container.wait(), container.out + container.err


class WithOneFlag(Case):
    def refusal(self, **options):
        status, lines = self.ended(**options)
        self.assertEqual((status, len(lines)), (1, 1), lines)
        self.assertTrue(lines[0].startswith("python-executor: cannot start: "), lines)
        return lines[0]

    def test_no_new_privileges_takes_nothing_away_that_the_tier_uid_needs(self):
        self.check_serves("uid", flags=["--security-opt", "no-new-privileges"])

    def test_read_only_it_says_which_directories_it_writes_to(self):
        line = self.refusal(flags=READ_ONLY)
        self.check_serves(
            "uid", flags=[*READ_ONLY, *re.findall(r"--tmpfs|/[\w/-]+(?::exec)?", line.split(" give ")[1])]
        )

    def test_a_directory_for_programs_in_which_none_can_be_executed_is_named(self):
        directories = ["--tmpfs=/run", "--tmpfs=/tmp", "--tmpfs=/var/lib/python-executor:noexec"]
        line = self.refusal(flags=[*READ_ONLY, *directories])
        self.assertIn("--tmpfs /var/lib/python-executor:exec", line)

    def test_without_capabilities_it_says_which_ones_it_needs(self):
        line = self.refusal(capabilities=frozenset())
        self.check_serves("uid", capabilities=frozenset(re.findall(r"--cap-add (\w+)", line)))

    def test_without_one_capability_it_names_that_one(self):
        line = self.refusal(capabilities=podman.DOCKER - {"SETUID"})
        self.assertEqual(re.findall(r"--cap-add (\w+)", line), ["SETUID"])

    def test_an_ordinary_user_is_told_that_root_serves(self):
        line = self.refusal(user="12345")
        self.assertIn("user 12345 cannot make user namespaces", line)
        self.assertIn("start it without --user", line)

    def test_an_ordinary_user_who_may_make_user_namespaces_serves(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("root:x:0:0:root:/root:/bin/bash\n")  # podman would give the user a name, as docker does not
            file.flush()
            os.chmod(file.name, 0o644)
            flags = ["--volume", f"{file.name}:/etc/passwd:ro"]
            self.check_serves("namespaces", user="12345", seccomp="unconfined", flags=flags)


class Asked(Case):
    def test_the_doctor_says_the_tier_that_the_service_has(self):
        status, lines = self.ended("--doctor")
        self.assertEqual((status, lines[0]), (0, "Scripts can be served, in tier uid."), lines)
        self.assertNotIn("Absent, and needed:", lines)
        # Set by the launcher, not by the container.
        self.assertEqual([line for line in lines if line.startswith("  this process: no_new_privs")], [])

    def test_the_doctor_says_what_the_tier_full_would_take(self):
        status, lines = self.ended("--doctor", "--minimum-tier", "full")
        self.assertEqual(status, 1)
        self.assertRegex(lines[0], "Scripts cannot be served in tier full: ")
        self.assertIn("--cap-add SYS_ADMIN --cap-add NET_ADMIN", "\n".join(lines))

    def test_the_doctor_names_the_flag_for_what_dockers_filter_refuses(self):
        status, lines = self.ended("--doctor", "--minimum-tier", "full", capabilities=FULL["capabilities"])
        self.assertEqual(status, 1)
        needed = "\n".join(lines).split("Absent, and optional:")[0]
        self.assertIn("to do: docker: --security-opt seccomp=unconfined", needed)
        self.assertNotIn("reinstall", needed)

    def test_the_doctor_finds_the_tier_full_where_the_service_does(self):
        status, lines = self.ended("--doctor", **FULL)
        self.assertEqual((status, lines[0]), (0, "Scripts can be served, in tier full."), lines)

    def test_what_is_missing_is_the_doctors_verdict_too(self):
        status, lines = self.ended("--doctor", capabilities=frozenset())
        self.assertEqual((status, len(lines)), (1, 1), lines)

    def test_other_commands_answer_and_serve_nothing(self):
        self.assertRegex(self.ended("--version")[1][0], r"^python-executor \d")
        self.assertEqual(self.ended("--workers", "3", "--check-config"), (0, ["ok"]))
        self.assertRegex(self.ended("--check-config", "--workres", "3")[1][0], "workres")
        self.assertIn("python-executor --help", self.ended("frobnicate")[1][0])
        self.assertRegex(self.ended("--help")[1][0], "^Runs Python for HTTP clients")


if __name__ == "__main__":
    unittest.main()
