"""Debian 13 (trixie): the checkout is built and tested in a root of that release, and the package that
comes of it is installed in a virtual machine with it, where it has to do what it does in one with Debian 12.

    make test-trixie        an hour; not among what `make test-deploy` runs
"""

import re
import shutil
import subprocess
import unittest

from support import images, podman, roots
import vm_test

RELEASE = "trixie"
BUILD_LIMIT = 5400
SUITES_LIMIT = 3600


def setUpModule():
    global root
    names = roots.packages(RELEASE, "build", "test", "plots", "package")
    root = roots.Root(RELEASE, [*names, "apparmor"])
    root.copy_sources()
    root.run("make VIEWERS=no build", BUILD_LIMIT)


class Suites(unittest.TestCase):
    def check(self, suites):
        root.run(f"make {' '.join(f'build/release/tests/{suite}' for suite in suites.split())}", BUILD_LIMIT)
        printed = root.run(f"SUITES='{suites}' tests/run build/release || true", SUITES_LIMIT)
        print(printed[-3000:])
        self.assertRegex(printed, r"\n[1-9]\d* passed, 0 failed(, \d+ skipped)?\n*$")

    def test_pure_code_and_real_parts(self):
        self.check("unit integration")

    def test_the_whole_service(self):
        self.check("e2e")

    def test_every_attack(self):
        self.check("escape")

    def test_the_harness(self):
        printed = root.run(
            "for file in tests/unit/*_cases.py; do setpriv --reuid 65534 --regid 65534"
            " --clear-groups /usr/bin/python3 -B $file; done",
            SUITES_LIMIT,
        )
        self.assertEqual(re.findall("^OK", printed, re.MULTILINE), ["OK"] * 4, printed)


class Image(unittest.TestCase):
    def test_a_container_of_that_release_answers(self):
        image = images.build(name="python-executor-trixie", release=RELEASE)
        script = "import sys\ndef main():\n    return list(sys.version_info[:2])"
        with podman.Container(image) as container:
            container.wait_until_ready()
            status, _, answer = container.post("/execute", {"script": script})
        self.assertEqual((status, answer.get("result")), (200, [3, 13]), answer)


class AppArmor(unittest.TestCase):
    def test_the_profile_is_right_for_the_parser(self):
        profile = "sed -e 's|@BINDIR@|/usr/bin|; s|@LIBEXECDIR@|/usr/libexec|' apparmor/python-executor.in"
        check = f"{profile} | apparmor_parser --skip-kernel-load --skip-cache --skip-read-cache"
        root.run(check)
        with self.assertRaises(roots.RootError):
            root.run(
                check.replace("apparmor/python-executor.in", "apparmor/python-executor.in | sed s/userns/uzerns/")
            )


class Package(vm_test.PackageTest):
    """The same story as on Debian 12."""

    release = RELEASE
    packages_beside = ["apparmor"]

    @classmethod
    def make_package(cls, revision):
        printed = root.run(f"make -s VIEWERS=no deb REVISION={revision}", BUILD_LIMIT)
        return root.directory / printed.split()[-1].lstrip("/")

    def test_03_the_service_has_its_apparmor_profile(self):
        pid = self.property("MainPID")
        self.assertEqual(self.run_it(f"cat /proc/{pid}/attr/current"), "python-executor (unconfined)")
        of_all = (
            "for pid in $(find /sys/fs/cgroup/system.slice/python-executor.service -name cgroup.procs"
            " -exec cat {} +); do cat /proc/$pid/attr/current 2>/dev/null || true; done | sort -u"
        )
        self.assertEqual(self.run_it(of_all), "python-executor (unconfined)")

    def make(self, target, destination):
        root.run(f"make -s VIEWERS=no DESTDIR=/source/build/installed {target}")
        for entry in destination.iterdir():
            shutil.rmtree(entry)
        subprocess.run(["cp", "-a", f"{root.directory}/source/build/installed/.", destination], check=True)


if __name__ == "__main__":
    unittest.main()
