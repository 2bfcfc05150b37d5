"""arm64, on an amd64 machine: the programs and the unit tests are compiled by a cross compiler, in a Debian 12
with the libraries of both architectures, and what knows this architecture's system calls is run by qemu-user.

    make cross              ten minutes the first time; not among what `make test-deploy` runs
"""

import re
import unittest

from support import roots

LIMIT = 5400
# What the build needs of the other architecture, of which the machine itself needs nothing.
NATIVE = ["g++-aarch64-linux-gnu", "make", "python3", "qemu-user"]
FOREIGN = {"build": r"^lib.*-dev$|^prometheus-cpp-dev$|^python.*-dev$", "test": r"^libboost-test"}
MAKE = (
    "make -j2 B=build/arm64 CXX=aarch64-linux-gnu-g++ AR=aarch64-linux-gnu-ar VIEWERS=no"
    " PYTHON_CONFIG=$(echo /usr/bin/aarch64-linux-gnu-python3.*-config)"
)
# Numbers, orders of arguments, and filters: judged by their own interpreter, not by the kernel that emulates.
SUITES = "seccomp_test,seccomp_arguments_test,probes_test,launch_test,control_test,request_test,request_fields_test"


def foreign():
    """Python's own -dev package brings a compiler for the machine that it is for; its library's does not."""
    for group, pattern in FOREIGN.items():
        for name in roots.packages("bookworm", group):
            if re.search(pattern, name):
                yield re.sub("^python", "libpython", name) + ":arm64"


class Cross(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = roots.Root("bookworm", NATIVE + sorted(foreign()), ["arm64"])
        cls.root.copy_sources()

    def test_1_programs_are_compiled_without_a_warning(self):
        programs = [f"build/arm64/python-executor{name}" for name in ("", "-runner", "-launcher")]
        printed = self.root.run(
            f"{MAKE} {' '.join(programs)}; " f"aarch64-linux-gnu-readelf -h {' '.join(programs)} | grep Machine:",
            LIMIT,
        )
        self.assertNotIn("warning:", printed)
        self.assertEqual(printed.count("AArch64"), len(programs), printed[-3000:])

    def test_2_the_tables_of_system_calls_are_right(self):
        printed = self.root.run(
            f"{MAKE} build/arm64/tests/unit && setpriv --reuid 65534 --regid 65534"
            " --clear-groups qemu-aarch64 build/arm64/tests/unit"
            f" --run_test={SUITES} --color_output=no",
            LIMIT,
        )
        self.assertNotIn("warning:", printed)
        self.assertIn("*** No errors detected", printed)


if __name__ == "__main__":
    unittest.main()
