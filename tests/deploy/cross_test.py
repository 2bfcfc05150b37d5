"""arm64, on an amd64 machine: the programs and the unit tests are compiled by a cross compiler, in a Debian 12
with the libraries of both architectures, and what knows this architecture's system calls is run by qemu-user.

    make cross              ten minutes the first time; not among what `make test-deploy` runs
"""

import unittest

from support import arm64

# Numbers, orders of arguments, and filters: judged by their own interpreter, not by the kernel that emulates.
SUITES = "seccomp_test,seccomp_arguments_test,probes_test,launch_test,control_test,request_test,request_fields_test"


class Cross(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = arm64.root()

    def test_1_programs_are_compiled_without_a_warning(self):
        programs = [f"{arm64.BUILD}/python-executor{name}" for name in ("", "-runner", "-launcher")]
        arm64.make(self.root, *programs)
        printed = self.root.run(f"{arm64.CROSS}-readelf -h {' '.join(programs)} | grep Machine:")
        self.assertEqual(printed.count("AArch64"), len(programs), printed[-3000:])

    def test_2_the_tables_of_system_calls_are_right(self):
        suite = f"{arm64.BUILD}/tests/unit"
        arm64.make(self.root, suite)
        printed = self.root.run(
            "setpriv --reuid 65534 --regid 65534 --clear-groups"
            f" qemu-aarch64 {suite} --run_test={SUITES} --color_output=no",
            arm64.LIMIT,
        )
        self.assertIn("*** No errors detected", printed)


if __name__ == "__main__":
    unittest.main()
