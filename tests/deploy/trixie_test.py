"""Debian 13 (trixie): the checkout is built and tested in a root of that release, and the package that
comes of it is installed in a virtual machine with it, where it has to do what it does in one with Debian 12.

    make test-trixie        an hour; not among what `make test-deploy` runs
"""

import shutil
import subprocess
import unittest

from support import images, other_release, podman
import vm_test

RELEASE = "trixie"


def setUpModule():
    other_release.build(RELEASE)


class Suites(other_release.Suites):
    pass


class Image(unittest.TestCase):
    def test_a_container_of_that_release_answers(self):
        image = images.build(name="python-executor-trixie", release=RELEASE)
        script = "import sys\ndef main():\n    return list(sys.version_info[:2])"
        with podman.Container(image) as container:
            container.wait_until_ready()
            status, _, answer = container.post("/execute", {"script": script})
        self.assertEqual((status, answer.get("result")), (200, [3, 13]), answer)


class AppArmor(other_release.AppArmor):
    pass


class Package(vm_test.PackageTest):
    """The same story as on Debian 12."""

    release = RELEASE
    packages_beside = ["apparmor"]

    @classmethod
    def make_package(cls, revision):
        root = other_release.root
        printed = root.run(f"make -s VIEWERS=no deb REVISION={revision}", other_release.BUILD_LIMIT)
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
        root = other_release.root
        root.run(f"make -s VIEWERS=no DESTDIR=/source/build/installed {target}")
        for entry in destination.iterdir():
            shutil.rmtree(entry)
        subprocess.run(["cp", "-a", f"{root.directory}/source/build/installed/.", destination], check=True)


if __name__ == "__main__":
    unittest.main()
