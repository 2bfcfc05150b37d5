"""The tiers of isolation in containers: which one is had where, and that every attack of tests/escape
ends in it as it should.

The driver of the attacks (tests/escape) is executed inside of the container, as it is by `make test`
outside: it starts the service there, in one tier and no lower one, and judges by the same heads. All
that it needs and the image lacks, itself, the sources and Boost, is mounted read-only.
"""

import json
import re
import subprocess
import threading
import unittest
from pathlib import Path

from support import docker_defaults, images, podman

BUILD = images.REPOSITORY / "build/release"
DRIVER = BUILD / "tests/escape"
MORE = podman.DOCKER | {"SYS_ADMIN", "NET_ADMIN"}
# Of what docs/deploying.md says to run: docker's default profile refuses pivot_root even with SYS_ADMIN.
FULL = {"capabilities": MORE, "seccomp": "unconfined"}
# No set for plots: matplotlib is not in the image.
PRELOAD = "data: numpy pandas asyncio multiprocessing concurrent.futures tempfile uuid secrets sqlite3"
LONGEST = 1200  # seconds: only a hang takes that long


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
    for name in ("serve", "nginx", "firejail", "tests"):
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
        with podman.Container(
            image,
            "--log_level=error",
            "--color_output=no",
            "--report_level=short",
            environment=environment,
            flags=flags,
            **options,
        ) as container:
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

    def test_without_landlock_nothing_runs_where_it_is_required(self):
        environment = {"PYTHON_EXECUTOR_LANDLOCK": "required"}
        self.check_nothing_is_served(
            "tier uid: .*landlock is absent, but required", environment, seccomp=without_landlock()
        )


def without_landlock():
    """docker's default profile, as it was before it knew Landlock."""
    profile = json.loads(docker_defaults.seccomp_profile(podman.DOCKER))
    for rule in profile["syscalls"]:
        rule["names"] = [name for name in rule["names"] if not name.startswith("landlock_")]
    return json.dumps(profile)


# Prints whether it sees the command line of another run's process, once it does or after some seconds.
WATCH = """
import os, time
seen = set()
end = time.monotonic() + 4
while time.monotonic() < end and not any("86388.25" in line for line in seen):
    try:
        names = os.listdir("/proc")
    except OSError:
        break
    for name in names:
        try:
            if os.stat("/proc/" + name).st_uid not in (0, 999, os.getuid()):
                seen.add(open(f"/proc/{name}/cmdline").read().replace("\\0", " "))
        except OSError:
            pass
print(any("86388.25" in line for line in seen))
"""
BOMB = (images.REPOSITORY / "tests/escape/exhaustion_fork_bomb.py").read_text()
# Of a run that a look at needs long: many mappings, whose locks its processes contend for.
SLOW_TO_COUNT = """
import ctypes, os, time
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
end = time.monotonic() + 8
kept, size = bytearray(b"x") * (300 << 20), ctypes.c_size_t(60000 * 4096)
base = libc.mmap(None, size, 1, 0x22, -1, 0)
for i in range(0, 60000, 2):
    libc.mprotect(ctypes.c_void_p(base + i * 4096), 4096, 0)
for _ in range(50):
    if os.fork() == 0:
        while time.monotonic() < end:
            libc.mprotect(ctypes.c_void_p(base), size, 1)
            libc.mprotect(ctypes.c_void_p(base), size, 3)
        os._exit(0)
time.sleep(8)
"""


class Uid(unittest.TestCase):
    def beside(self, container, source, act):
        """What `act` returns while a run of `source` has begun and not ended."""
        begun = threading.Thread(target=container.post, args=("/execute", {"code": source, "timeout": 10}))
        begun.start()
        try:
            while "python_executor_running 1" not in str(container.get("/metrics")[2]):
                pass
            return act(container)
        finally:
            begun.join()

    def sees_another(self, container):
        sleep = "import subprocess; subprocess.run(['sleep', '86388.25'], timeout=9)"
        watch = lambda it: it.post("/execute", {"code": WATCH, "timeout": 10})[2].get("output")
        return self.beside(container, sleep, watch)

    def test_with_landlock_no_process_of_another_run_is_seen(self):
        with podman.Container(image) as container:
            container.wait_until_ready()
            self.assertNotIn("Landlock", "\n".join(container.out))
            self.assertEqual(self.sees_another(container), "False\n")

    def test_without_landlock_the_log_says_what_is_seen(self):
        with podman.Container(image, seccomp=without_landlock()) as container:
            container.wait_until_ready()
            container.wait_for_line("no Landlock here: .*command lines")
            self.assertEqual(self.sees_another(container), "True\n")

    def test_a_run_that_is_slow_to_count_stalls_no_other(self):
        innocent = {"script": "def main(): return 6 * 7"}
        with podman.Container(image) as container:
            container.wait_until_ready()
            ask = lambda it: [it.post("/execute", innocent)[::2] for _ in range(40)]
            answers = self.beside(container, SLOW_TO_COUNT, ask)
        self.assertEqual(answers, [(200, {"result": 42, "stdout": ""})] * 40)

    def test_the_runs_after_many_fork_bombs_have_workers(self):
        with podman.Container(image) as container:
            container.wait_until_ready()
            for _ in range(3):
                bombs = container.post("/execute", {"script": BOMB, "timeout": 3, "runs": [{}] * 4})[2]["runs"]
                self.assertEqual([bomb["status"] for bomb in bombs], [500] * 4)
                innocent = {"script": "def main(): return 6 * 7", "runs": [{}] * 8}
                answer = {"status": 200, "result": 42, "stdout": ""}
                self.assertEqual(container.post("/execute", innocent)[2]["runs"], [answer] * 8)


if __name__ == "__main__":
    unittest.main()
