"""Another Debian release: the checkout is built and tested in a root of it.

    from support import other_release

    def setUpModule():
        other_release.build("trixie")

    class Suites(other_release.Suites):
        pass
"""

import re
import unittest

from support import roots

BUILD_LIMIT = 5400
SUITES_LIMIT = 3600
root = None  # that of the release


def build(release):
    """Makes the root, where there is none yet, and builds what `make build` does in it."""
    global root
    names = roots.packages(release, "build", "rebuild", "test", "plots", "package")
    root = roots.Root(release, [*names, "apparmor"])
    root.copy_sources()
    root.run("make VIEWERS=no build", BUILD_LIMIT)


class Suites(unittest.TestCase):
    def check(self, suites):
        programs = ["weakened/python-executor-runner", *(f"tests/{suite}" for suite in suites.split())]
        root.run(f"make {' '.join(f'build/release/{program}' for program in programs)}", BUILD_LIMIT)
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
        self.assertEqual(re.findall("^OK", printed, re.MULTILINE), ["OK"] * 5, printed)


class AppArmor(unittest.TestCase):
    def test_the_profile_is_right_for_the_parser(self):
        profile = "sed -e 's|@BINDIR@|/usr/bin|; s|@LIBEXECDIR@|/usr/libexec|' apparmor/python-executor.in"
        check = f"{profile} | apparmor_parser --skip-kernel-load --skip-cache --skip-read-cache"
        root.run(check)
        with self.assertRaises(roots.RootError):
            root.run(
                check.replace("apparmor/python-executor.in", "apparmor/python-executor.in | sed s/userns/uzerns/")
            )
