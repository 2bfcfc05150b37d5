"""docs/libraries.md: a directory of modules, and the commands that say whether scripts find what is in it."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import readme_commands, serving

NAME, VERSION = "scikit-learn", "1.2.3"


class Libraries(unittest.TestCase):
    """The library is one of our own, by the name that the page has: what pip would have left."""

    @classmethod
    def setUpClass(cls):
        directory = Path(tempfile.mkdtemp(dir="/opt"))
        cls.addClassCleanup(shutil.rmtree, directory)
        directory.chmod(0o755)
        (directory / "sklearn.py").write_text(f"__version__ = '{VERSION}'\n")
        known = directory / f"scikit_learn-{VERSION}.dist-info"
        known.mkdir()
        (known / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {VERSION}\n")
        cls.service = serving.Service("--workers", "2", "--python-path", str(directory))
        cls.addClassCleanup(cls.service.__exit__)

    def test_a_script_finds_it(self):
        code = {"code": "import sklearn; print(sklearn.__version__)"}
        status, _, body = self.service.request("POST", "/execute", code)
        self.assertEqual(status, 200)
        self.assertIn(VERSION.encode(), body)

    def test_the_commands_of_the_page_name_it_with_its_version(self):
        ask, run = readme_commands.commands_under("libraries.md", "## Is it there?")
        url = f"http://localhost:{self.service.port}"
        for command in (
            ask.replace("http://localhost:8080", url),
            run.replace("python-executor", f"{serving.PROGRAMS}/python-executor", 1),
        ):
            done = subprocess.run(
                ["bash", "-c", command],
                env={"EXECUTOR_URL": url, "PATH": "/usr/bin:/bin"},
                capture_output=True,
                text=True,
                timeout=60,
            )
            with self.subTest(command):
                self.assertIn(NAME, done.stdout)
                self.assertIn(VERSION, done.stdout, done.stderr)


if __name__ == "__main__":
    unittest.main()
