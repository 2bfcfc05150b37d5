"""The Debian package in a Debian machine with systemd: everything that its administrator does with it.

The tests are one story in one machine, in the order of their names.
"""

import json
import re
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

from support import readme_commands, vm

SOURCE = Path(__file__).resolve().parents[2]
OUTPUT = SOURCE / "build/deb"
# The commands of docs/deploying.md, run by a user who may use sudo. The packages and the files come from here.
_, INSTALL, *SERVE = readme_commands.commands_under("deploying.md", "## On a VM with systemd")
_, *WITHOUT_PACKAGE = readme_commands.commands_under("deploying.md", "## On a VM with systemd", 1)
BEHIND_NGINX = readme_commands.commands_under("deploying.md", "## Behind your nginx")
INCLUDE = (
    r"sed -i 's|^\s*server_name _;|&\n\tinclude python-executor-location.conf;|' /etc/nginx/sites-available/default"
)
# systemd-analyze's exposure, 0 to 10. What is missing to less is what firejail cannot live with.
MOST_EXPOSED = 6.7
SIX_TIMES_SEVEN = json.dumps({"script": "def main():\n    return 6 * 7"})

# Requests one after the other in some threads until a file is there, then each status with its count.
LOAD = r"""
import collections, http.client, json, os, threading
body = json.dumps({"script": "import time\ndef main():\n    time.sleep(0.2)\n    return 1"})
counts, lock = collections.Counter(), threading.Lock()
def client():
    while not os.path.exists("/run/load-ends"):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", 8080, timeout=120)
            connection.request("POST", "/execute", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            word = str(answer.status) if answer.status == 200 else f"{answer.status} {answer.read()}"
            connection.close()
        except OSError as error:
            word = repr(error)
        with lock:
            counts[word] += 1
threads = [threading.Thread(target=client) for _ in range(2)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(json.dumps(counts))
"""


# For the tests that start the service again and again and are about no library: in an emulated machine the others
# take a minute to be ready.
SMALL_SETS = "preload = light:\\npreload = second: decimal"


class Load:
    """Requests through nginx while a with block does something; `counts` are their endings."""

    def __init__(self, machine):
        self.machine = machine

    def __enter__(self):
        self.machine.write("/root/load.py", LOAD)
        self.machine.run("rm -f /run/load-ends")
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        return self

    def _run(self):
        output = self.machine.run("python3 /root/load.py", timeout=800).stdout
        self.counts = json.loads(output)

    def __exit__(self, *_):
        self.machine.run("touch /run/load-ends")
        self.thread.join()


class PackageTest(unittest.TestCase):
    release = vm.RELEASE
    packages_beside = []

    @classmethod
    def make_package(cls, revision):
        command = ["make", "-s", "-C", SOURCE, "deb", f"REVISION={revision}"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return Path(done.stdout.split()[-1])

    @classmethod
    def setUpClass(cls):
        cls.packages = [cls.make_package(1), cls.make_package(2)]
        cls.machine = cls.enterClassContext(vm.Machine(cls.packages_beside, release=cls.release, memory=3072))
        cls.machine.put(*cls.packages)
        cls.machine.run("useradd --create-home --shell /bin/bash someone")
        cls.machine.write("/etc/sudoers.d/someone", "someone ALL=(ALL) NOPASSWD: ALL\n")
        cls.machine.put(cls.packages[0], to="/home/someone/build/deb")
        cls.machine.put(SOURCE / "nginx", to="/home/someone")

    def run_it(self, command, **options):
        return self.machine.run(command, **options).stdout.strip()

    def as_someone(self, *commands):
        """Runs commands in the order of docs/deploying.md, each to succeed; returns what they print."""
        lines = "\n".join(commands)
        return self.run_it(f"cd ~someone && set -euo pipefail\n{lines}", user="someone", timeout=400)

    def execute(self, body=SIX_TIMES_SEVEN):
        """Status and answer of one request, or (0, reason) without an answer."""
        answer = self.machine.run(
            "curl -sS --max-time 100 -w '\\n%{http_code}' -H 'Content-Type: application/json' -d @-"
            " http://localhost:8080/execute",
            input=body.encode(),
            check=False,
        )
        text, _, status = answer.stdout.rpartition("\n")
        return int(status or 0), json.loads(text) if text.startswith("{") else answer.stderr

    def await_answer(self):
        """Waits until a script is run again; what comes before is nginx's own answer."""
        deadline = time.monotonic() + 300
        while (answer := self.execute()) != (200, {"result": 42, "stdout": ""}):
            self.assertLess(time.monotonic(), deadline, answer)
            time.sleep(1)

    def reload(self, said):
        """Reloads, and waits until the journal says how that has ended."""
        since = "journalctl -u python-executor.service -o cat --cursor-file=/run/cursor"
        self.run_it(
            f"{since} >/dev/null; systemctl reload python-executor.service; "
            f"until {since} | grep -E -m 1 'configuration (is reloaded|reload failed)'; do sleep 0.5; done"
            " > /run/said",
            timeout=700,
        )
        self.assertIn(said, self.machine.read("/run/said"))

    def property(self, name):
        return self.run_it(f"systemctl show --value -p {name} python-executor.service")

    def test_01_the_package_has_no_errors_for_lintian(self):
        found = subprocess.run(
            ["lintian", "--allow-root", "--tag-display-limit=0", self.packages[0]],
            capture_output=True,
            text=True,
        )
        print(found.stdout)
        self.assertNotIn("\nE:", "\n" + found.stdout)

    def test_02_installing_starts_the_service_and_enables_no_site(self):
        self.as_someone(INSTALL)
        self.assertEqual(self.property("ActiveState"), "active")
        self.assertEqual(self.run_it("ls /etc/nginx/sites-enabled"), "default")
        journal = self.run_it("journalctl -u python-executor.service -o cat")
        print(journal)
        self.assertIn("ready: tier full", journal)
        self.assertIn("cgroup: one for each run", journal)

    def test_03_scripts_run_through_nginx_at_tier_full(self):
        said = self.as_someone(*SERVE)
        self.assertEqual(json.loads(said.splitlines()[-1]), {"result": 42, "stdout": ""})
        pandas = "import pandas as pd\ndef main():\n    return int(pd.Series([1, 2, 3]).sum())"
        status, answer = self.execute(json.dumps({"script": pandas}))
        self.assertEqual((status, answer["result"]), (200, 6))
        self.assertIn('"healthy"', self.run_it("curl -sS http://localhost:8080/health"))

    def test_03_each_run_has_a_user_id_of_its_own(self):
        ids = self.run_it("ps -C python-worker -o uid=").split()
        self.assertGreater(len(ids), 1)
        self.assertEqual(len(ids), len(set(ids)), ids)
        self.assertNotIn(self.run_it("id -u python-executor"), ids)

    def test_04_pages_and_client_are_there(self):
        for page in ("", "docs", "redoc", "openapi.json"):
            self.run_it(f"curl -sS --fail -o /dev/null http://localhost:8080/{page}")
        self.machine.write("/root/product.py", "print(6 * 7)\n")
        self.assertEqual(self.run_it("python-executor run /root/product.py"), "42")

    def test_05_an_nginx_with_sites_of_its_own_takes_the_files_for_that_instead(self):
        self.run_it("rm /etc/nginx/sites-enabled/python-executor")
        self.run_it(INCLUDE)
        *install, ask = BEHIND_NGINX
        self.as_someone(*install)
        # nginx reloads while the command that asks for it has long ended.
        deadline = time.monotonic() + 300
        while not (said := self.as_someone(ask)).startswith("{"):
            self.assertLess(time.monotonic(), deadline, said)
            time.sleep(1)
        self.assertEqual(json.loads(said)["output"], "1\n")
        self.run_it("rm /etc/nginx/conf.d/* && sed -i /python-executor/d /etc/nginx/sites-available/default")
        self.run_it("rm /etc/nginx/python-executor-location.conf")
        self.as_someone(*SERVE)

    def test_06_each_run_has_a_cgroup_with_its_own_memory_limit(self):
        runs = "/sys/fs/cgroup/system.slice/python-executor.service/runs"
        limits = self.run_it(f"cat {runs}/*/memory.max").split()
        self.assertTrue(limits and "max" not in limits, limits)
        greedy = (
            "import os, time\ndef main():\n    for i in range(3):\n        if os.fork() == 0:\n"
            "            data = b'x' * (300 << 20)\n            time.sleep(60)\n    time.sleep(20)"
        )
        status, answer = self.execute(json.dumps({"script": greedy}))
        self.assertEqual((status, answer["error_type"]), (500, "memory_limit"), answer)

    def test_07_the_socket_is_systemds_and_for_root_and_nginx_only(self):
        listener = self.run_it("stat -c '%U:%G %a' /run/python-executor/responder.sock")
        self.assertEqual(listener, "root:www-data 660")

    def test_08_systemd_finds_the_service_less_exposed_than_the_bound(self):
        report = self.run_it("systemd-analyze security --no-pager python-executor.service", timeout=60)
        exposure = re.search(r"exposure level for python-executor.service: ([0-9.]+)", report)[1]
        print(f"systemd-analyze security: {exposure}")
        self.assertLessEqual(float(exposure), MOST_EXPOSED)

    def test_09_a_restart_under_load_loses_no_request(self):
        self.run_it("cp -p /etc/python-executor.conf /root/shipped.conf")
        self.run_it(f"sed -i '/^preload = /d; $ a {SMALL_SETS}' /etc/python-executor.conf")
        before = self.property("MainPID")
        with Load(self.machine) as load:
            time.sleep(3)
            self.run_it("systemctl restart python-executor.service", timeout=200)
            time.sleep(3)
        print("restart under load:", load.counts)
        self.assertNotEqual(self.property("MainPID"), before)
        self.assertEqual(list(load.counts), ["200"])

    def test_10_a_reload_under_load_takes_the_new_configuration_and_loses_no_request(self):
        before = self.property("MainPID")
        self.run_it("cp /etc/python-executor.conf /root/before.conf")
        self.run_it(
            "printf 'max-timeout-seconds = 20\nscript-timeout-seconds = 20\n'" " >> /etc/python-executor.conf"
        )
        with Load(self.machine) as load:
            self.reload("the configuration is reloaded")
        print("reload under load:", load.counts)
        self.assertEqual(list(load.counts), ["200"])
        asking_for_more = json.dumps({"script": "def main(): pass", "timeout": 25})
        self.assertEqual(self.execute(asking_for_more)[0], 400)
        self.run_it("echo 'workers = many' >> /etc/python-executor.conf")
        self.reload("configuration reload failed, keeping the current one")
        self.assertEqual(self.execute()[0], 200)
        self.run_it("mv /root/before.conf /etc/python-executor.conf")
        self.reload("the configuration is reloaded")
        self.assertEqual(self.execute(asking_for_more)[0], 200)
        self.assertEqual(self.property("MainPID"), before)

    def test_11_a_killed_responder_is_restarted(self):
        before = self.property("MainPID")
        self.run_it(f"kill -9 {before}")
        self.await_answer()
        self.assertNotEqual(self.property("MainPID"), before)

    def test_12_a_responder_that_hangs_is_replaced_by_the_watchdog(self):
        drop_in = "/run/systemd/system/python-executor.service.d"
        self.run_it(f"mkdir -p {drop_in}")
        self.machine.write(f"{drop_in}/test.conf", "[Service]\nWatchdogSec=10s\n")
        self.run_it("systemctl daemon-reload && systemctl restart python-executor.service", timeout=200)
        before = self.property("MainPID")
        self.run_it(f"kill -STOP {before}")
        self.run_it(
            f"while [ $(systemctl show --value -p MainPID python-executor.service) = {before} ]; " "do sleep 1; done",
            timeout=300,
        )
        self.await_answer()
        self.assertIn("watchdog", self.run_it("journalctl -b -u python-executor.service").lower())
        self.run_it(f"rm -r {drop_in}; systemctl daemon-reload")

    def test_13_an_upgrade_under_load_loses_no_request(self):
        ours = "/var/lib/python-executor/nginx/http.conf"
        with Load(self.machine) as load:
            time.sleep(2)
            # What nginx includes is made from this machine's settings, keys among them: it is not replaced by
            # what a package brings along, not even until the service starts again.
            self.run_it(f"echo '# kept' >> {ours}; dpkg --unpack /root/{self.packages[1].name}", timeout=300)
            self.run_it(f"nginx -t && grep '# kept' {ours}")
            self.run_it(f"apt-get install -y /root/{self.packages[1].name}", timeout=300)
            time.sleep(2)
        self.run_it(f"! grep '# kept' {ours}")
        print("upgrade under load:", load.counts)
        self.assertEqual(list(load.counts), ["200"])
        installed = self.run_it("dpkg-query -W -f '${Version}' python-executor")
        self.assertTrue(installed.endswith("-2"), installed)
        self.assertEqual(self.property("ActiveState"), "active")

    def test_14_the_service_is_back_after_a_reboot(self):
        self.run_it("mv /root/shipped.conf /etc/python-executor.conf")
        self.machine.reboot()
        self.await_answer()

    def test_15_nginx_starts_after_the_package_is_removed(self):
        self.run_it("apt-get remove -y python-executor", timeout=200)
        self.run_it("nginx -t && systemctl restart nginx")
        status = self.run_it("curl -s -o /dev/null -w '%{http_code}' http://localhost:8080/health")
        self.assertEqual(status, "502")

    def test_16_purging_leaves_nothing(self):
        self.run_it("apt-get purge -y python-executor", timeout=200)
        left = self.run_it(
            "find / -xdev \\( -path /proc -o -path /sys -o -path /root -o -path /home/someone -o -path /var/log \\) -prune -o"
            " -name '*python-executor*' ! -path '/usr/local/lib/test-agent*'"
            " ! -name 'dev-virtio*' -print; ls -d /run/python-executor 2>/dev/null || true;"
            " find / -xdev -nouser -print; getent passwd python-executor || true;"
            " getent group python-executor || true; systemctl list-units --all --plain --no-legend"
            " 'python-executor*'",
            timeout=200,
        )
        self.assertEqual(left, "")
        self.run_it("nginx -t && systemctl is-active nginx")

    def make(self, target, destination):
        subprocess.run(
            ["make", "-s", "-C", SOURCE, f"DESTDIR={destination}", target], check=True, stdout=subprocess.DEVNULL
        )

    def test_17_without_a_package_it_is_installed_by_make(self):
        with tempfile.TemporaryDirectory() as directory:
            files = Path(directory)
            self.make("install", files)
            # A second time, as an upgrade, it changes nothing that is this machine's.
            for own in ("var/lib/python-executor/nginx/http.conf", "etc/nginx/python-executor/metrics-access.conf"):
                shipped = (files / own).read_text()
                (files / own).write_text("# kept\n")
                self.make("install", files)
                self.assertEqual((files / own).read_text(), "# kept\n")
                (files / own).write_text(shipped)
            self.machine.put(*files.iterdir(), to="/")
            self.make("uninstall", files)
            self.assertEqual([file for file in files.rglob("*") if not file.is_dir()], [])
        said = self.as_someone(*WITHOUT_PACKAGE, *SERVE)
        self.assertEqual(json.loads(said.splitlines()[-1]), {"result": 42, "stdout": ""})
        self.assertEqual(
            self.run_it("readlink /proc/$(systemctl show --value -p MainPID" " python-executor.service)/exe"),
            "/usr/local/bin/python-executor",
        )


if __name__ == "__main__":
    unittest.main()
