"""The requests with which the pages about deployment end. The commands in front of them need a virtual machine
(vm_test.py runs them), docker or a cluster; the requests need a service."""

import json
import re
import subprocess
import unittest

from support import serving

ADDRESS = "http://localhost:8080"


def blocks(page):
    """The blocks of shell commands of a page, by the heading above them, continued lines joined."""
    text = (serving.REPOSITORY / page).read_text()
    for part in re.split(r"(?m)^(?=#+ )", text):
        for block in re.findall(r"```bash\n(.*?)```", part, re.DOTALL):
            yield part.splitlines()[0], block.replace("\\\n", "").splitlines()


class Requests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = serving.Service("--workers", "2")
        cls.addClassCleanup(cls.service.__exit__)

    def check_answered(self, page, heading):
        """The last commands of the block ask the service, and the last of all has the answer."""
        block = next(lines for found, lines in blocks(page) if found == heading)
        asks = [line.replace(ADDRESS, f"http://localhost:{self.service.port}") for line in block if ADDRESS in line]
        self.assertEqual(block[-1].replace(ADDRESS, f"http://localhost:{self.service.port}"), asks[-1])
        done = subprocess.run(["bash", "-euc", "\n".join(asks)], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout.replace("}{", "}\n{").splitlines()[-1])["result"], 42)

    def test_on_a_machine(self):
        self.check_answered("docs/deploying.md", "## On a VM with systemd")

    def test_in_a_container(self):
        self.check_answered("docs/deploying.md", "## In a container")

    def test_on_kubernetes(self):
        self.check_answered("deploy/kubernetes/README.md", "# On Kubernetes")


if __name__ == "__main__":
    unittest.main()
