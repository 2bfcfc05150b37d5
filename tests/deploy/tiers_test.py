"""The tiers of isolation in containers: which one is had where, and that every attack of tests/escape
ends in it as it should.

The driver of the attacks (tests/escape) is executed inside of the container, as it is by `make test`
outside: it starts the service there, in one tier and no lower one, and judges by the same heads. All
that it needs and the image lacks, itself, the sources and Boost, is mounted read-only.
"""

import re
import subprocess
import unittest
from pathlib import Path

import images
import podman

BUILD = images.REPOSITORY / "build/release"
DRIVER = BUILD / "tests/escape"
MORE = podman.DOCKER | {"SYS_ADMIN", "NET_ADMIN"}
# Of what README.md says to run: docker's default profile refuses pivot_root even with SYS_ADMIN.
FULL = {"capabilities": MORE, "seccomp": "unconfined"}
# No set for plots: matplotlib is not in the image.
PRELOAD = "data: numpy pandas asyncio multiprocessing concurrent.futures tempfile uuid secrets sqlite3"
LONGEST = 240  # seconds: only a hang takes that long


def setUpModule():
    global image
    image = images.build(arguments=["--build-arg", "VIEWERS=try"])
    make = ["make", "-C", images.REPOSITORY, "build", "build/release/tests/escape"]
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL)


def boost():
    """The driver's libraries of Boost, which no image of ours has."""
    listing = subprocess.run(["ldd", DRIVER], check=True, capture_output=True, text=True).stdout
    return [Path(path) for path in re.findall(r"=> (\S*/libboost_\S+)", listing)]


def mounts():
    places = {path: f"/boost/{path.name}" for path in boost()}
    for name in ("scripts", "nginx", "firejail", "tests"):
        places[images.REPOSITORY / name] = f"/source/{name}"
    places[BUILD] = "/source/build/release"
    return [f"--volume={path}:{place}:ro" for path, place in places.items()]


class Corpus(unittest.TestCase):
    def check_corpus(self, tier, environment, **options):
        environment = environment | {
            "ESCAPE_TIER": tier,
            "EXECUTOR_SOURCE": "/source",
            "EXECUTOR_BIN": "/source/build/release",
            "LD_LIBRARY_PATH": "/boost",
            "LISTEN": "127.0.0.1",
            "PYTHON_EXECUTOR_PRELOAD": PRELOAD,
        }
        flags = [*mounts(), "--entrypoint", "/source/build/release/tests/escape"]
        with podman.Container(image, "--log_level=error", "--color_output=no",
                              "--report_level=short", environment=environment, flags=flags,
                              **options) as container:
            self.assertEqual(container.wait(LONGEST), 0, container.logs)
            counts = re.search(r"(\d+) test cases out of (\d+) passed", container.logs).groups()
            self.assertEqual(*counts, container.logs)
            self.assertGreater(int(counts[0]), 200)

    def test_uid_holds_with_dockers_defaults(self):
        self.check_corpus("uid", {"LAUNCHER": "1"})

    def test_namespaces_holds_for_an_unprivileged_user_who_may_make_them(self):
        self.check_corpus("namespaces", {}, seccomp="podman", user="python-executor")

    def test_full_holds_with_the_documented_flags(self):
        self.check_corpus("full", {}, **FULL)


class Refusals(unittest.TestCase):
    def check_nothing_is_served(self, reason, environment, **options):
        with podman.Container(image, environment=environment, **options) as container:
            self.assertNotEqual(container.wait(), 0, container.logs)
            self.assertRegex(container.logs, reason)
            self.assertNotIn("is ready", container.logs)

    def test_a_firejail_that_fails_open_is_not_taken_for_the_tier_full(self):
        environment = {"container": "unheard-of", "PYTHON_EXECUTOR_MINIMUM_TIER": "full"}
        self.check_nothing_is_served(r"tier full: .*jail", environment, **FULL)

    def test_below_the_minimum_nothing_runs(self):
        environment = {"PYTHON_EXECUTOR_MINIMUM_TIER": "namespaces"}
        self.check_nothing_is_served(r"tier namespaces: .*Operation not permitted", environment)


if __name__ == "__main__":
    unittest.main()
