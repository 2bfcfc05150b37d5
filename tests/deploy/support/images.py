"""Builds images with podman and runc, as docker would; podman.py runs them.

No registry is needed: the base image is made once by debootstrap and kept as an archive in
/var/cache/python-executor-tests. Must run as root.
"""

import contextlib
import fcntl
import hashlib
import os
import resource
import shutil
import subprocess
import tempfile
from pathlib import Path

from support import roots

REPOSITORY = Path(__file__).resolve().parents[3]
CACHE = Path("/var/cache/python-executor-tests")
RELEASE = "bookworm"  # unless another is asked for
LIMIT = 300  # seconds for everything that should be quick: only a hang takes that long
BUILD_LIMIT = 1200
LIMITED_TO = 4096  # descriptors, and processes of one user

# podman makes a timer of systemd's for a container's health check; there may be no systemd, and
# `podman healthcheck run` works without.
os.environ["DISABLE_HC_SYSTEMD"] = "true"


class ContainerError(Exception):
    """podman or a container did not do what it was asked for; the text says what was printed."""


def podman(*arguments, limit=LIMIT, cwd=None):
    """Runs podman and returns its standard output; an error carries both streams."""
    command = ["podman", *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=limit)
    if done.returncode != 0:
        tail = (done.stdout + done.stderr)[-4000:]
        raise ContainerError(f"{' '.join(command)}: status {done.returncode}\n{tail}")
    return done.stdout


def runtime_flags():
    """crun refuses hybrid cgroups; and podman's default limits are above what may be given without
    CAP_SYS_RESOURCE."""
    flags = ["--runtime", "runc"]
    for name, number in (("nofile", resource.RLIMIT_NOFILE), ("nproc", resource.RLIMIT_NPROC)):
        hard = resource.getrlimit(number)[1]
        value = LIMITED_TO if hard == resource.RLIM_INFINITY else min(hard, LIMITED_TO)
        flags += ["--ulimit", f"{name}={value}:{value}"]
    return flags


@contextlib.contextmanager
def locked(name):
    """Two test programs may want to make the same thing at the same time."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# As in the official image: no documentation, and packages install none.
SLIM = """path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/man/*
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
"""
# Nor does it keep what apt has downloaded.
CLEAN = """APT::Keep-Downloaded-Packages "false";
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
"""


def make_base_archive(archive, release):
    """A Debian of the size and with the sources that the official image has."""
    with tempfile.TemporaryDirectory(dir=CACHE) as directory:
        root = Path(directory)
        root.chmod(0o755)
        command = ["debootstrap", "--variant=minbase", release, root]
        done = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_LIMIT)
        if done.returncode != 0:
            raise ContainerError(f"debootstrap: {done.stdout[-5000:]}{done.stderr[-5000:]}")
        (root / "etc/dpkg/dpkg.cfg.d/slim").write_text(SLIM)
        (root / "etc/apt/apt.conf.d/clean").write_text(CLEAN)
        for pattern in (
            "usr/share/doc/*",
            "usr/share/man/*",
            "usr/share/locale/*",
            "usr/share/info/*",
            "var/lib/apt/lists/*",
            "var/cache/apt/*",
        ):
            for path in root.glob(pattern):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        roots.use_sources(root, release)
        part = archive.with_suffix(".part")
        subprocess.run(["tar", "-C", root, "-cf", part, "."], check=True, timeout=LIMIT)
        part.rename(archive)


def base_image(release=RELEASE):
    """Makes debian:RELEASE-slim available to builds."""
    name = f"localhost/debian:{release}-slim"
    with locked(f"debian-{release}-slim"):
        if subprocess.run(["podman", "image", "exists", name]).returncode == 0:
            return
        archive = CACHE / f"debian-{release}-slim.tar"
        if not archive.exists():
            make_base_archive(archive, release)
        podman("import", "--change", "CMD bash", archive, name)


def build(dockerfile="Dockerfile", name="python-executor", arguments=(), release=RELEASE):
    """Builds an image from the files that git tracks, as they are now, and returns its name.

    The name belongs to this checkout. Unchanged layers are taken from earlier builds.
    """
    base_image(release)
    if release != RELEASE:
        arguments = ["--build-arg", f"DEBIAN={release}", *arguments]
    checkout = hashlib.sha256(str(REPOSITORY).encode()).hexdigest()[:12]
    image = f"localhost/{name}-test-{checkout}"
    with locked(f"build-{checkout}"), tempfile.TemporaryDirectory() as context:
        listing = ["git", "-c", f"safe.directory={REPOSITORY}", "ls-files", "-z"]
        tracked = subprocess.run(listing, cwd=REPOSITORY, check=True, capture_output=True).stdout
        files = [file for file in tracked.split(b"\0") if file]
        present = [file for file in files if os.path.lexists(REPOSITORY / os.fsdecode(file))]
        pack = ["tar", "--null", "-T", "-", "-cf", f"{context}/context.tar"]
        subprocess.run(pack, cwd=REPOSITORY, input=b"\0".join(present), check=True)
        tree = Path(context, "tree")
        tree.mkdir()
        subprocess.run(["tar", "-xf", f"{context}/context.tar", "-C", tree], check=True)
        # A network that has a certificate authority of its own has it on this machine as well.
        shutil.copytree("/etc/ssl/certs", f"{context}/certs")
        authorities = f"{context}/certs:/etc/ssl/certs"
        podman(
            "build",
            *runtime_flags(),
            "--network",
            "host",
            "--pull=never",
            "--format",
            "docker",
            "--volume",
            authorities,
            "--volume",
            f"{roots.compiled()}:/ccache",
            "--build-arg",
            "CCACHE_DIR=/ccache",
            "--tag",
            image,
            "--file",
            tree / dockerfile,
            *arguments,
            tree,
            limit=BUILD_LIMIT,
        )
    return image
