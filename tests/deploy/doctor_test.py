"""python-executor --doctor, asked by root: it examines the case of the service's user. What it says when the
service's user asks is tested in tests/e2e/doctor_test.cc."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import serving

SERVED = "Scripts can be served, in tier full, as the user python-executor.\n"


def copies():
    return set(Path("/var/tmp").glob("python-executor-doctor.*"))


class AskedByRoot(unittest.TestCase):
    """From a checkout that only root can enter, as one in /root."""

    def setUp(self):
        subprocess.run([serving.REPOSITORY / "serve/service-user"], check=True, stdout=subprocess.DEVNULL)
        self.checkout = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.checkout)
        self.programs = self.checkout / "build/release"
        self.programs.mkdir(parents=True)
        for name in ("python-executor", "python-executor-runner"):
            shutil.copy(serving.PROGRAMS / name, self.programs)
        shutil.copytree(serving.REPOSITORY / "firejail", self.checkout / "firejail")

    def ask(self, *options, prefix=()):
        before = copies()
        command = [*prefix, self.programs / "python-executor", "--doctor", *options]
        done = subprocess.run(command, cwd=self.checkout, capture_output=True, text=True, timeout=300)
        self.assertEqual(copies(), before)
        return done

    def test_it_finds_what_the_service_would_find(self):
        done = self.ask()
        self.assertTrue(done.stdout.startswith(SERVED), done.stdout + done.stderr)
        self.assertEqual(done.returncode, 0)
        self.assertNotIn("Absent, and needed", done.stdout)

    def test_every_fact_is_the_service_users(self):
        done = self.ask("--verbose")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"  verified        user python-executor \(\d+\)\n")
        self.assertRegex(done.stdout, r"  verified        /etc/subuid gives python-executor at least ")

    def test_what_the_service_user_cannot_read_is_found(self):
        profile = self.checkout / "firejail/python-executor.profile"
        profile.chmod(0o600)
        done = self.ask()
        self.assertEqual(done.returncode, 1)
        self.assertIn("Scripts cannot be served in tier full, as the user python-executor", done.stdout)
        self.assertIn("  firejail: its profile can be read: ", done.stdout)

    def test_its_own_environment_says_nothing_of_the_container(self):
        # Its first process is the shell, without the variable: firejail would confine nothing.
        namespace = ["env", "-u", "container", "unshare", "--pid", "--fork", "--mount-proc"]
        shell = ["/bin/sh", "-c", 'container=docker "$0" "$@"; exit $?']
        done = self.ask("--verbose", prefix=namespace + shell)
        self.assertEqual(done.returncode, 1)
        fact = "firejail knows that it is in a container"
        self.assertRegex(done.stdout, f"  absent          {fact} .*: it is not set; to do: start the container")


class Installed(unittest.TestCase):
    """By make install, as the package is: its files are laid over this machine's for one command, in a mount
    namespace."""

    def setUp(self):
        self.files = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.files)
        self.files.chmod(0o755)
        install = ["make", "-s", "-C", serving.REPOSITORY, "install", "PREFIX=/usr", f"DESTDIR={self.files}"]
        subprocess.run(install, check=True, stdout=subprocess.DEVNULL)

    def run_it(self, command):
        over = "".join(
            f"mount -t overlay -o lowerdir={self.files}/{name}:/{name} overlay /{name} && " for name in ("usr", "etc")
        )
        return subprocess.run(
            ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", over + command],
            capture_output=True,
            text=True,
            timeout=300,
        )

    def test_the_doctor_says_the_same_as_in_a_checkout(self):
        done = self.run_it("python-executor --config /etc/python-executor.conf --doctor --verbose")
        self.assertTrue(done.stdout.startswith(SERVED), done.stdout + done.stderr)
        self.assertEqual(done.returncode, 0)
        self.assertIn("its profile can be read: /etc/firejail/python-executor.profile\n", done.stdout)

    def test_the_help_of_run_is_the_clients(self):
        done = self.run_it("python-executor --help run")
        self.assertEqual((done.returncode, done.stdout), (0, self.run_it("python-executor run --help").stdout))
        self.assertIn("--arg NAME=VALUE", done.stdout)


if __name__ == "__main__":
    unittest.main()
