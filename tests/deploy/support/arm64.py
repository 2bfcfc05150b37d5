"""The root in which the programs, the tests and the package are made for arm64, on an amd64 machine: a Debian 12
with a cross compiler, the libraries of both architectures, and qemu-user."""

import re

from support import roots

LIMIT = 5400
CROSS = "aarch64-linux-gnu"
BUILD = f"build/{CROSS}"
TOOLS = [f"g++-{CROSS}", "make", "python3", "python3-yaml", "qemu-user", "debhelper", "dpkg-dev"]
# What the configuration file in the package names: the program looks for it when it checks that file.
NAMED = ["firejail", "nginx", "python3-pandas", "python3-matplotlib"]
NATIVE = TOOLS + NAMED
# What the build needs of the other architecture, of which the machine itself needs nothing.
FOREIGN = {"build": r"^lib.*-dev$|^prometheus-cpp-dev$|^python.*-dev$", "test": r"^libboost-test"}


def foreign():
    """Python's own -dev package brings a compiler for the machine that it is for; its library's does not."""
    for group, pattern in FOREIGN.items():
        for name in roots.packages("bookworm", group):
            if re.search(pattern, name):
                yield re.sub("^python", "libpython", name) + ":arm64"


def root():
    """The root, with the sources as they are now; build/ in it stays."""
    made = roots.Root("bookworm", NATIVE + sorted(foreign()), ["arm64"])
    made.copy_sources()
    return made


def make(root, *targets):
    """Makes targets for arm64, which must give no warning; returns what was printed."""
    printed = root.run(f"make -j2 CROSS={CROSS} VIEWERS=no {' '.join(targets)}", LIMIT)
    assert "warning:" not in printed, printed
    return printed
