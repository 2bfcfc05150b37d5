"""Debian testing (forky): the checkout is built and tested in a root of it. What is tested moves on: a
root is made once, and has what was in that release then.

    make test-forky        half an hour; not among what `make test-deploy` runs
"""

import unittest

from support import other_release


def setUpModule():
    other_release.build("forky")


class Suites(other_release.Suites):
    pass


class AppArmor(other_release.AppArmor):
    pass


if __name__ == "__main__":
    unittest.main()
