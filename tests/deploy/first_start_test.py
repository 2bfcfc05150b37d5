"""The first `make run` on a machine: a taken port is found before anything is installed or built, what apt-get
says is shown when it fails, fewer than 250 packages are installed, and these are enough for /docs, /redoc and the
editor."""

import http.server
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from support import roots, serving

INSTALL = serving.REPOSITORY / "scripts/install-dependencies"
# Installs nothing: says what apt-get would say, and ends as FAILING says.
APT_GET = """#!/bin/sh
case "$*" in
*install*) echo "Unpacking tzdata (2024a-0) ..."; echo "Setting up tzdata (2024a-0) ..." ;;
esac
[ -z "$FAILING" ] || { echo "E: Unable to locate package" >&2; exit 100; }
"""


class TakenPort(unittest.TestCase):
    def test_it_is_found_before_the_build(self):
        with tempfile.TemporaryDirectory() as directory, socket.create_server(("127.0.0.1", 0)) as taken:
            listing = ["git", "-c", f"safe.directory={serving.REPOSITORY}", "ls-files", "-z"]
            files = subprocess.run(listing, cwd=serving.REPOSITORY, check=True, capture_output=True).stdout
            present = [
                file
                for file in files.split(b"\0")
                if file and os.path.lexists(serving.REPOSITORY / os.fsdecode(file))
            ]
            packed = subprocess.run(
                ["tar", "--null", "-T", "-", "-c"],
                cwd=serving.REPOSITORY,
                input=b"\0".join(present),
                capture_output=True,
                check=True,
            )
            subprocess.run(["tar", "-x", "-C", directory], input=packed.stdout, check=True)
            port = taken.getsockname()[1]
            made = subprocess.run(
                ["make", "-C", directory, "run", f"PORT={port}"], capture_output=True, text=True, timeout=300
            )
            self.assertNotEqual(made.returncode, 0)
            self.assertIn(f"port {port} is taken by another program", made.stderr)
            self.assertNotIn("CXX", made.stdout)
            self.assertFalse((Path(directory) / "build/release/obj").exists())

    def test_an_address_of_another_machine_is_not_called_taken(self):
        for address in ("192.0.2.1", "nowhere.invalid", "::2"):
            environment = {**os.environ, "LISTEN": f"127.0.0.1 {address}", "PORT": "65432"}
            done = subprocess.run(
                [serving.REPOSITORY / "serve/serve", "--check"], env=environment, capture_output=True, text=True
            )
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"this machine has no address '{address}'", done.stderr)

    def test_of_a_service_that_runs_it_says_so(self):
        with serving.Service("--workers", "1") as service:
            environment = {**os.environ, "PORT": str(service.port)}
            done = subprocess.run(
                [serving.REPOSITORY / "serve/serve", "--check"], env=environment, capture_output=True, text=True
            )
            self.assertEqual(
                (done.returncode, done.stderr),
                (1, f"python-executor: python-executor is already running on port {service.port}\n"),
            )
        done = subprocess.run(
            [serving.REPOSITORY / "serve/serve", "--check"], env=environment, capture_output=True, text=True
        )
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))


class Build(unittest.TestCase):
    def make(self, compiler, *more):
        """What `make` of the responder's library says, where this is the compiler."""
        with tempfile.TemporaryDirectory() as directory:
            program = Path(directory) / "compiler"
            program.write_text(compiler)
            program.chmod(0o755)
            command = ["make", "-C", serving.REPOSITORY, f"B={directory}/b", f"CXX={program}", "AR=true", *more]
            environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
            return subprocess.run(
                [*command, f"{directory}/b/libresponder.a"],
                env=environment,
                capture_output=True,
                text=True,
                timeout=300,
            )

    def test_a_line_stands_for_ten_files(self):
        compiler = '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\n: > "$2"\n'
        made = self.make(compiler)
        self.assertEqual((made.returncode, made.stderr), (0, ""))
        lines = [line for line in made.stdout.splitlines() if line.startswith("  CXX ")]
        self.assertIn("(1)", lines[0])
        self.assertIn("(10)", lines[1])
        self.assertLess(len(lines), 20)
        whole = self.make(compiler, "V=1").stdout
        self.assertGreater(whole.count(" -c -o "), 5 * len(lines))

    def test_what_the_compiler_says_is_shown_in_full(self):
        made = self.make("#!/bin/sh\necho 'wrong.cc:1: error: first' >&2\necho second >&2\nexit 1\n", "--jobs=1")
        self.assertNotEqual(made.returncode, 0)
        self.assertIn("wrong.cc:1: error: first\nsecond\n", made.stderr)


class Packages(unittest.TestCase):
    def install(self, **environment):
        with tempfile.TemporaryDirectory() as directory:
            for name, text in (
                ("apt-get", APT_GET),
                ("dpkg-query", "#!/bin/sh\nexit 1\n"),
                ("sudo", '#!/bin/sh\nexec "$@"\n'),
            ):
                file = Path(directory) / name
                file.write_text(text)
                file.chmod(0o755)
            environment = {
                "PATH": f"{directory}:/usr/bin:/bin",
                "RELEASE": "bookworm",
                "TMPDIR": directory,
                **environment,
            }
            done = subprocess.run([INSTALL, "zones"], env=environment, capture_output=True, text=True, timeout=60)
            self.assertEqual(len(list(Path(directory).iterdir())), 3)
            return done

    def test_installing_takes_two_lines(self):
        done = self.install()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(
            done.stdout, "Installing Debian packages: tzdata\nInstalled 1 packages, with all that these need\n"
        )

    def test_a_failure_is_shown_in_full(self):
        done = self.install(FAILING="yes")
        self.assertEqual(done.returncode, 100)
        self.assertIn("E: Unable to locate package", done.stderr)


class Registry(http.server.BaseHTTPRequestHandler):
    """One whose npm is another one than the pinned one, and that remembers what it was asked for."""

    asked = []

    def do_GET(self):
        self.asked.append((self.path, self.headers.get("Authorization")))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"other")

    def log_message(self, *_):
        pass


class BareDebian(unittest.TestCase):
    """With Node and without npm, as the first command leaves a machine."""

    @classmethod
    def setUpClass(cls):
        cls.root = roots.Root("bookworm", ["ca-certificates", "nodejs", "node-registry-auth-token", "python3"])
        source = cls.root.copy_sources()
        # A network that has a certificate authority of its own has it on this machine as well.
        shutil.copy("/etc/ssl/certs/ca-certificates.crt", source)
        cls.work = source / "build"
        shutil.rmtree(cls.work, ignore_errors=True)

    def fetch(self, more="", **environment):
        authorities = "/source/ca-certificates.crt"
        command = f"{more} scripts/fetch-viewers build/npm build/web"
        return self.root.run(
            command, limit=300, SSL_CERT_FILE=authorities, NODE_EXTRA_CA_CERTS=authorities, **environment
        )

    def test_the_first_command_installs_fewer_than_250_packages(self):
        wanted = roots.packages("bookworm", "build", "plots")
        printed = self.root.run(f"apt-get -q -s --no-install-recommends install {' '.join(wanted)}")
        # Those that are in the root are among those of the command.
        history = (self.root.directory / "var/log/apt/history.log").read_text()
        there = re.findall(r"^Install: (.*)", history, re.MULTILINE)
        count = printed.count("\nInst ") + sum(line.count("(") for line in there)
        self.assertLess(count, 250)
        self.assertGreater(count, 100)

    def test_an_npm_that_is_not_the_pinned_one_is_refused(self):
        with http.server.HTTPServer(("127.0.0.1", 0), Registry) as registry:
            threading.Thread(target=registry.serve_forever).start()
            address = f"127.0.0.1:{registry.server_port}/mirror/"
            settings = f"registry=http://{address}\n//{address}:_authToken=word\n"
            try:
                with self.assertRaisesRegex(roots.RootError, "is not the one that package.json pins"):
                    self.fetch(f"export HOME=/tmp; printf '{settings}' > /tmp/.npmrc;")
            finally:
                registry.shutdown()
        self.assertEqual(len(Registry.asked), 1)
        path, authorization = Registry.asked[0]
        self.assertRegex(path, r"^/mirror/npm/-/npm-[0-9.]+\.tgz$")
        self.assertEqual(authorization, "Bearer word")
        self.assertFalse(list((self.work / "npm").glob("npm-*/")))

    def test_the_pages_get_what_they_need(self):
        self.fetch()
        for file in ("docs/swagger-ui-bundle.js", "redoc/redoc.standalone.js", "codemirror.js"):
            self.assertGreater((self.work / "web" / file).stat().st_size, 100_000)


if __name__ == "__main__":
    unittest.main()
