"""Roots of other Debian systems, in which this checkout is built and tested.

    root = roots.Root("trixie", roots.packages("trixie", "build", "test"))
    print(root.run("make build", limit=3600).stdout)

Theory of operation. A root is made once by debootstrap and apt, and kept in
/var/cache/python-executor-tests under a hash of what it is made from. A command runs in mount and
PID namespaces of its own, with that directory as its root by pivot_root(2): in a chroot the kernel
makes no user namespace (user_namespaces(7)), and so no sandbox. What ccache keeps is kept on this machine. The files that git tracks are copied
to /source there; build/ stays from one time to the next. Kernel, network and /sys are this machine's.
Must run as root.
"""

import hashlib
import json
import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
CACHE = Path("/var/cache/python-executor-tests")
SOURCES = Path("/etc/apt/sources.list.d/debian.sources")
HERE = "bookworm"  # whose sources this machine has, where it has some
ITS_OWN_MIRROR = ""
SCRIPT = "/usr/share/debootstrap/scripts/sid"  # of every release; debootstrap knows no names of later ones

# $1 is the root, $2 the directory of what has been compiled, then the command.
ENTER = r"""
mount --bind "$1" "$1"
cd "$1"
mkdir -p root/.cache/ccache
mount --bind "$2" root/.cache/ccache
shift
mkdir -p old
mount -t proc proc proc
mount --rbind /dev dev
mount -t tmpfs -o mode=1777 shm dev/shm
mount --rbind /sys sys
mount -t tmpfs -o mode=0755 run run
mount -t tmpfs -o mode=1777 tmp tmp
shift
pivot_root . old
umount -l old
cd /source 2>/dev/null || cd /
exec "$@"
"""
INSTALL = """
printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
for architecture in $ARCHITECTURES; do dpkg --add-architecture "$architecture"; done
apt-get -q update
apt-get -q -y dist-upgrade
apt-get -q -y install $PACKAGES
apt-get clean
"""
FILES = {
    "etc/apt/apt.conf.d/90test": 'APT::Install-Recommends "false";\n',
    "etc/dpkg/dpkg.cfg.d/90test": "path-exclude=/usr/share/doc/*\npath-exclude=/usr/share/locale/*\n"
    "force-unsafe-io\n",
}


class RootError(Exception):
    """A step did not succeed; the text says what was printed."""


def packages(release, *groups):
    """The names that groups of scripts/install-dependencies have in a release."""
    command = [REPOSITORY / "scripts/install-dependencies", "--print", *groups]
    done = subprocess.run(command, env=os.environ | {"RELEASE": release}, check=True, capture_output=True, text=True)
    return sorted(set(done.stdout.split()))


def compiled():
    """The directory of what this machine has compiled already: the sources elsewhere are the same."""
    command = ["ccache", "--get-config", "cache_dir"]
    directory = Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def use_sources(root, release):
    """Gives a new root this machine's sources, with their updates; what debootstrap wrote where it has none."""
    if SOURCES.exists() and HERE in SOURCES.read_text():
        (root / "etc/apt/sources.list").unlink(missing_ok=True)
        text = SOURCES.read_text().replace(HERE, release)
        (root / "etc/apt/sources.list.d/debian.sources").write_text(text)


def accept_old_lists(root):
    """Where this machine's apt does: a mirror may stand still."""
    said = subprocess.run(["apt-config", "dump", "Acquire::Check-Valid-Until"], check=True, capture_output=True)
    (root / "etc/apt/apt.conf.d/91machine").write_bytes(said.stdout)


class Root:
    """One root. Without what `run` does it is only read, but for /source."""

    def __init__(self, release, wanted, architectures=()):
        self.release = release
        made_from = json.dumps([release, wanted, architectures, INSTALL, FILES])
        name = f"root-{release}-{hashlib.sha256(made_from.encode()).hexdigest()[:16]}"
        self.directory = CACHE / name
        CACHE.mkdir(parents=True, exist_ok=True)
        if not self.directory.exists():
            self._make(wanted, architectures)

    def _make(self, wanted, architectures):
        with tempfile.TemporaryDirectory(dir=CACHE, prefix="root-making-") as work:
            part = Path(work) / "root"
            _checked(["debootstrap", "--variant=minbase", self.release, part, ITS_OWN_MIRROR, SCRIPT], 1200)
            use_sources(part, self.release)
            accept_old_lists(part)
            for file, text in FILES.items():
                (part / file).write_text(text)
            words = {"PACKAGES": " ".join(wanted), "ARCHITECTURES": " ".join(architectures)}
            self._enter(part, INSTALL, 2400, words)
            part.rename(self.directory)

    @staticmethod
    def _enter(root, command, limit, environment):
        shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
        return _checked(
            [
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "--fork",
                "--pid",
                "--kill-child=KILL",
                "--mount-proc",
                "bash",
                "-euc",
                ENTER,
                "enter",
                root,
                compiled(),
                "bash",
                "-euo",
                "pipefail",
                "-c",
                command,
            ],
            limit,
            {
                "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME": "/root",
                "LANG": "C.UTF-8",
                "DEBIAN_FRONTEND": "noninteractive",
                "container": "docker",  # no kernel thread is seen, so firejail asks for it
                **environment,
            },
        )

    def copy_sources(self):
        """The files that git tracks, as they are now; build/ stays. What has not changed keeps its time, and what has is
        new: make then builds what it must, whichever checkout was copied before."""
        source = self.directory / "source"
        source.mkdir(exist_ok=True)
        listing = ["git", "-c", f"safe.directory={REPOSITORY}", "ls-files", "-z"]
        tracked = subprocess.run(listing, cwd=REPOSITORY, check=True, capture_output=True).stdout
        files = {name for name in os.fsdecode(tracked).split("\0") if name and os.path.lexists(REPOSITORY / name)}
        for directory, subdirectories, names in os.walk(source):
            if Path(directory) == source and "build" in subdirectories:
                subdirectories.remove("build")
            for name in names:
                there = Path(directory) / name
                if str(there.relative_to(source)) not in files:
                    there.unlink()
        for name in files:
            _copy_changed(REPOSITORY / name, source / name)
        return source

    def run(self, command, limit=600, **environment):
        """Runs a command of bash in /source, as root. Raises RootError unless it succeeds."""
        return self._enter(self.directory, command, limit, environment)


def _copy_changed(here, there):
    if os.path.lexists(there):
        if _content(here) == _content(there):
            return
        there.unlink()
    there.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(here, there, follow_symlinks=False)


def _content(file):
    what = os.readlink(file).encode() if file.is_symlink() else file.read_bytes()
    return stat.S_IFMT(file.lstat().st_mode), file.lstat().st_mode & stat.S_IXUSR, what


def _checked(command, limit, environment=None):
    """Runs a command and returns what it printed, both streams as one."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=limit,
        env=environment,
        check=False,
    )
    if done.returncode != 0:
        raise RootError(f"{command[0]}: status {done.returncode}\n{done.stdout[-6000:]}")
    return done.stdout
