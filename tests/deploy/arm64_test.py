"""arm64: the package is made by a cross compiler and installed in an emulated machine with systemd, which must
confine scripts with all that it has, and answer rightly.

    make test-arm64         an hour the first time; not among what `make test-deploy` runs
"""

import base64
import json
import time
import unittest

from support import arm64, readme_commands, vm

BESIDE = ["libboost-test1.81.0", "python3-matplotlib"]
SUITES = ["tests/escape", "tests/unit", "tests/integration", "weakened/python-executor-runner"]
SUITES_LIMIT = 7200
# What tests/run needs of the sources.
PARTS = "Makefile VERSION README.md docs scripts serve nginx firejail systemd monitoring src tests".split()
HANG = 900  # seconds: an emulated machine needs a tenth of it for the slowest
_, INSTALL, *SERVE = readme_commands.commands_under("deploying.md", "## On a VM with systemd")
SERVED = "Scripts can be served, in tier full, as the user python-executor.\n"
# The emulation is slow: a run has the longest time that it may ask for.
LONG = 30
PATIENCE = 110  # seconds for an attack; the suite waits for 120

NUMPY = """
import numpy as np
def main():
    matrix = np.array([[2.0, 1.0], [1.0, 3.0]])
    return np.linalg.solve(matrix, matrix @ [4.0, 5.0]).round(9)
"""
PANDAS = """
import io
import pandas as pd
def main():
    table = pd.read_csv(io.StringIO("kind,n\\na,1\\nb,2\\na,3\\n"))
    return table.groupby("kind")["n"].sum().to_dict()
"""
CHILD = """
import subprocess
def main():
    done = subprocess.run(["/bin/sh", "-c", "cat; exit 3"], input="passed on", capture_output=True, text=True)
    return [done.returncode, done.stdout]
"""
# In every way that makes a socket or a request through one; the names of those that were refused.
NETWORK = """
import socket, urllib.request
WAYS = {
    "connect": lambda: socket.create_connection(("127.0.0.1", 8080), 5),
    "packet": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
    "request": lambda: urllib.request.urlopen("http://192.0.2.1/", timeout=5),
}
def main():
    refused = []
    for name, way in WAYS.items():
        try:
            way()
        except OSError:
            refused.append(name)
    return refused
"""
# By numbers of arm64, which src/jail/seccomp knows by libseccomp's names: mount, unshare, ptrace, bpf, keyctl, io_uring_setup.
FORBIDDEN = """
import ctypes, errno, os
NUMBERS = {"mount": 40, "unshare": 97, "ptrace": 117, "bpf": 280, "keyctl": 219, "io_uring_setup": 425}
ARGUMENTS = {"unshare": [0x10000000], "ptrace": [16, 1]}  # CLONE_NEWUSER, PTRACE_ATTACH
def main():
    libc = ctypes.CDLL(None, use_errno=True)
    endings = {}
    for name, number in NUMBERS.items():
        child = os.fork()
        if child == 0:
            failed = libc.syscall(number, *ARGUMENTS.get(name, []), 0, 0, 0) == -1
            os._exit(ctypes.get_errno() if failed else 0)
        endings[name] = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {name: ending for name, ending in endings.items() if ending not in (errno.EPERM, errno.ENOSYS, -31)}
"""
PROCESSES = """
import multiprocessing
def square(n):
    return n * n
def main():
    with multiprocessing.Pool(2) as pool:
        return pool.map(square, range(5))
"""


class Service(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        root = arm64.root()
        cls.root = root
        package = arm64.make(root, "deb").split()[-1]
        arm64.make(root, *(f"{arm64.BUILD}/{suite}" for suite in SUITES))
        machine = vm.Machine(BESIDE, architecture="arm64", memory=4096, start_limit=HANG)
        cls.machine = cls.enterClassContext(machine)
        cls.machine.put(root.directory / package.lstrip("/"), to="/home/someone/build/deb")
        cls.machine.run("useradd --home-dir /home/someone --shell /bin/bash someone && chown -R someone: ~someone")
        cls.machine.write("/etc/sudoers.d/someone", "someone ALL=(ALL) NOPASSWD: ALL\n")

    def run_it(self, command, **options):
        return self.machine.run(command, timeout=HANG, **options).stdout.strip()

    def as_someone(self, *commands):
        lines = "\n".join(commands)
        return self.run_it(f"cd ~someone && set -euo pipefail\n{lines}", user="someone")

    def ask(self, **body):
        """Status and answer of one request through nginx."""
        said = self.run_it(
            "curl -sS -w '\\n%{http_code}' -H 'Content-Type: application/json' -d @- http://localhost:8080/execute",
            input=json.dumps({"timeout": LONG} | body).encode(),
        )
        text, _, status = said.rpartition("\n")
        return int(status), json.loads(text)

    def check_result(self, expected, script, **fields):
        status, answer = self.ask(script=script, **fields)
        self.assertEqual((status, answer.get("result")), (200, expected), answer)
        return answer

    def check_error(self, status, kind, script, **fields):
        self.assertEqual(self._kind(*self.ask(script=script, **fields)), (status, kind))

    def check_suites(self, names, expected):
        done = self.machine.run(
            f"cd /root/source && ESCAPE_TIMEOUT={PATIENCE} SUITES='{names}' tests/run build/release",
            timeout=SUITES_LIMIT,
            check=False,
        )
        print(done.stdout[-100000:])
        self.assertRegex(done.stdout[-1000:], rf"\n{expected}\n*$", done.stderr[-3000:])

    def _kind(self, status, answer):
        return status, answer.get("error_type", answer)

    def test_01_the_package_is_installed_and_serves_at_tier_full(self):
        self.assertEqual(self.run_it("uname -m"), "aarch64")
        self.as_someone(INSTALL.replace("amd64", "arm64"))
        said = self.as_someone(*SERVE)
        self.assertEqual(json.loads(said.splitlines()[-1]), {"result": 42, "stdout": ""})
        journal = self.run_it("journalctl -u python-executor.service -o cat")
        print(journal)
        self.assertIn("ready: tier full", journal)
        self.assertIn("cgroup: one for each run", journal)

    def test_02_the_doctor_says_so_too(self):
        said = self.run_it("python-executor --config /etc/python-executor.conf --doctor --verbose")
        print(said)
        self.assertTrue(said.startswith(SERVED), said)
        self.assertNotIn("Absent, and needed", said)

    def test_03_the_runtime_says_where_it_is(self):
        runtime = json.loads(self.run_it("curl -sS http://localhost:8080/runtime"))
        self.assertEqual(runtime["tier"], "full")
        self.assertIn("aarch64", runtime["platform"])

    def test_03_each_run_has_a_user_id_of_its_own(self):
        ids = self.run_it("ps -C python-worker -o uid=").split()
        self.assertGreater(len(ids), 1)
        self.assertEqual(len(ids), len(set(ids)), ids)

    def test_04_arguments_and_output(self):
        answer = self.check_result([1, "x"], "def main(a, b):\n    print(a)\n    return [a, b]", arguments=[1, "x"])
        self.assertEqual(answer["stdout"], "1\n")

    def test_05_a_program(self):
        status, answer = self.ask(code="for n in range(3):\n    print(n)\nn ** 2", last_value=True)
        self.assertEqual((status, answer["output"], answer["error"]), (200, "0\n1\n2\n", None))
        self.assertEqual(answer["last_value"], "4")

    def test_06_standard_input(self):
        status, answer = self.ask(code="print(input().upper(), input())", stdin="one\ntwo\n")
        self.assertEqual((status, answer["output"]), (200, "ONE two\n"), answer)

    def test_07_files_in_and_out(self):
        script = (
            "def main():\n    data = open('in/data', 'rb').read()\n    open('out.bin', 'wb').write(data[::-1])\n"
            "    return len(data)"
        )
        data = base64.b64encode(bytes(range(256))).decode()
        answer = self.check_result(256, script, files={"in/data": {"base64": data}}, outputs=["*.bin"])
        self.assertEqual(base64.b64decode(answer["files"]["out.bin"]["base64"]), bytes(range(255, -1, -1)))

    def test_08_numpy(self):
        self.check_result([4.0, 5.0], NUMPY)

    def test_09_pandas(self):
        self.check_result({"a": 4, "b": 2}, PANDAS)

    def test_10_several_runs(self):
        status, answer = self.ask(
            script="def main(n):\n    return 1 / n", runs=[{"arguments": [n]} for n in (2, 0, 4)]
        )
        endings = [run.get("result", run.get("error_type")) for run in answer["runs"]]
        self.assertEqual((status, endings), (200, [0.5, "exception", 0.25]))

    def test_11_an_exception(self):
        status, answer = self.ask(script="def main():\n    return {}['key']")
        self.assertEqual((status, answer["error"], answer["error_type"]), (400, "KeyError: 'key'", "exception"))

    def test_12_a_syntax_error(self):
        self.check_error(400, "syntax_error", "def main(:\n    pass")

    def test_13_no_main(self):
        self.check_error(400, "missing_main", "x = 1")

    def test_14_a_result_that_is_not_json(self):
        self.check_error(400, "invalid_result", "def main():\n    return {1, 2}")

    def test_15_an_endless_loop(self):
        began = time.monotonic()
        self.check_error(500, "timeout", "def main():\n    while True:\n        pass", timeout=2)
        print(f"ended after {time.monotonic() - began:.1f} s")

    def test_16_too_much_memory(self):
        self.check_error(500, "memory_limit", "def main():\n    return len(bytearray(4 << 30))")

    def test_17_too_much_memory_in_several_processes(self):
        script = (
            "import os, time\ndef main():\n    for i in range(3):\n        if os.fork() == 0:\n"
            f"            data = b'x' * (300 << 20)\n            time.sleep({LONG})\n    time.sleep({LONG})"
        )
        self.check_error(500, "memory_limit", script)

    def test_18_too_much_output(self):
        self.check_error(500, "output_limit", "def main():\n    while True:\n        print('x' * 1000)")

    def test_19_a_file_that_is_too_large(self):
        script = "def main():\n    with open('f', 'wb') as f:\n        for i in range(1 << 10):\n            f.write(bytes(1 << 20))"
        self.check_error(500, "file_limit", script)

    def test_20_a_crash(self):
        self.check_error(500, "crashed", "import ctypes\ndef main():\n    ctypes.string_at(0)")

    def test_21_a_child_process(self):
        self.check_result([3, "passed on"], CHILD)

    def test_22_processes_with_locks(self):
        self.check_result([0, 1, 4, 9, 16], PROCESSES)

    def test_23_threads(self):
        script = (
            "from concurrent.futures import ThreadPoolExecutor\ndef main():\n"
            "    with ThreadPoolExecutor(4) as pool:\n        return sum(pool.map(len, ['ab'] * 50))"
        )
        self.check_result(100, script)

    def test_24_the_network_is_refused(self):
        self.check_result(["connect", "packet", "request"], NETWORK)

    def test_25_the_kernels_doors_are_closed(self):
        self.check_result({}, FORBIDDEN)

    def test_26_files_of_the_machine_are_not_there(self):
        script = (
            "import os\nPLACES = ['/etc/shadow', '/root', '/home/someone', '/var/log', '/run/python-executor', '/sys/kernel']\n"
            "def main():\n    return [place for place in PLACES if os.path.exists(place) and os.access(place, os.R_OK)]"
        )
        self.check_result([], script)

    def test_27_the_client_is_answered(self):
        self.machine.write("/root/product.py", "print(6 * 7)\n")
        self.assertEqual(self.run_it("python-executor run /root/product.py"), "42")

    def test_28_every_attack_fails(self):
        sources = self.root.directory / "source"
        self.machine.put(*(sources / part for part in PARTS), to="/root/source")
        for name in ("python-executor", "python-executor-runner", "python-executor-launcher", *SUITES):
            target = f"/root/source/build/release/{name}"
            self.machine.put(sources / arm64.BUILD / name, to=target.rpartition("/")[0])
        self.run_it("systemctl stop python-executor.service")
        self.check_suites("escape", r"2\d\d passed, 0 failed")

    def test_29_the_unit_and_integration_tests_pass(self):
        # Landlock's versions from the third on are not in the kernel of Debian 12.
        self.check_suites("unit integration", r"[78]\d\d passed, 0 failed, 3 skipped")


if __name__ == "__main__":
    unittest.main()
