"""A root of another architecture than this machine's, made without running anything of it.

    unpacked.make(step, root, "bookworm", "arm64", ["nginx"])

Theory of operation. The host's apt, set to the other architecture, downloads the packages with all that they
need. The archives are unpacked here, and written down as unpacked where dpkg of that root looks, so that its
first boot has only to run `dpkg --configure -a`: unpacking takes an emulated machine longer than that. The scripts that
packages have for before they are unpacked do not run; in a new root they have nothing to do. The kernel
is unpacked alone, because its scripts would make an initrd.
"""

import shutil
import subprocess
from pathlib import Path

from support import roots

KERNEL = "linux-image-cloud-{architecture}"
# What a root has before anything else.
ALWAYS = ["?essential", "?priority(required)", "apt"]
MERGED = ["bin", "sbin", "lib"]
LEFT_OUT = ["./usr/share/doc/*", "./usr/share/locale/*"]


def make(step, root, release, architecture, packages):
    """`step` runs a command that has to succeed. Of the root's kernel, /boot has the image."""
    _lay_out(root, release)
    archives = _download(step, root, architecture, [*ALWAYS, *packages], "packages")
    for archive in archives:
        _unpack(step, archive, root)
        _write_down(archive, root)
    (kernel,) = [
        archive
        for archive in _download(step, root, architecture, [KERNEL.format(architecture=architecture)], "kernel")
        if archive.name.startswith("linux-image-") and "-cloud-" in archive.name and _has_image(archive)
    ]
    _unpack(step, kernel, root)
    (image,) = (root / "boot").glob("vmlinuz-*")
    step("depmod", "--basedir", root, image.name.removeprefix("vmlinuz-"))
    for name in ("packages", "kernel"):
        shutil.rmtree(root / "var/cache" / name)
    _first_files(root)


def _lay_out(root, release):
    for name in MERGED:
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    for name in ("var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/apt/lists/partial", "etc/apt/apt.conf.d"):
        (root / name).mkdir(parents=True)
    for name in ("dev", "proc", "sys", "run", "tmp", "etc/apt/preferences.d", "etc/apt/sources.list.d"):
        (root / name).mkdir()
    (root / "tmp").chmod(0o1777)
    (root / "var/lib/dpkg/status").touch()
    (root / "var/lib/dpkg/info/format").write_text("1\n")
    host = Path("/etc/apt/sources.list")
    if host.exists():
        (root / "etc/apt/sources.list").write_text(host.read_text().replace(roots.HERE, release))
    roots.use_sources(root, release)


def _download(step, root, architecture, packages, name):
    """The archives of packages and of what they need, in a directory of the root's /var/cache."""
    archives = root / "var/cache" / name
    (archives / "partial").mkdir(parents=True)
    options = {
        "Dir": root,
        "Dir::State::status": root / "var/lib/dpkg/status",
        "Dir::Cache::archives": archives,
        "Dir::Etc::trustedparts": "/etc/apt/trusted.gpg.d",
        "APT::Architecture": architecture,
        "APT::Architectures::": architecture,
        "APT::Sandbox::User": "root",
        "APT::Install-Recommends": "false",
    }
    apt = ["apt-get", "-q", "-y", *[f"--option={key}={value}" for key, value in options.items()]]
    step(*apt, "update")
    step(*apt, "--download-only", "install", *packages)
    return sorted(archives.glob("*.deb"))


def _unpack(step, archive, root):
    command = 'dpkg-deb --fsys-tarfile "$0" | tar -x --keep-directory-symlink -C "$@"'
    left_out = [f"--exclude={pattern}" for pattern in LEFT_OUT]
    step("bash", "-o", "pipefail", "-c", command, archive, root, *left_out)


def _has_image(archive):
    return "./boot/vmlinuz-" in _read("dpkg-deb", "--contents", archive)


def _write_down(archive, root):
    """What dpkg itself would have written when it had unpacked an archive."""
    control = _read("dpkg-deb", "--field", archive)
    fields = dict(line.split(": ", 1) for line in control.splitlines() if ": " in line and line[0] != " ")
    name = fields["Package"]
    if fields.get("Multi-Arch") == "same":
        name += f":{fields['Architecture']}"
    info = root / "var/lib/dpkg/info"
    with_scripts = info / "unpacking"
    subprocess.run(["dpkg-deb", "--control", archive, with_scripts], check=True)
    for file in with_scripts.iterdir():
        if file.name != "control":
            file.rename(info / f"{name}.{file.name}")
    shutil.rmtree(with_scripts)
    listing = _read("bash", "-o", "pipefail", "-c", 'dpkg-deb --fsys-tarfile "$0" | tar -t', archive)
    (info / f"{name}.list").write_text("".join(f"{_absolute(line)}\n" for line in listing.splitlines()))
    with open(root / "var/lib/dpkg/status", "a") as status:
        first, rest = control.split("\n", 1)
        status.write(f"{first}\nStatus: install ok unpacked\n{rest}\n")


def _absolute(line):
    return "/" + (line.removeprefix("./").rstrip("/") or ".")


def _read(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _first_files(root):
    """What the first scripts need of others that have not run yet."""
    for name in ("passwd", "group"):
        shutil.copy(root / f"usr/share/base-passwd/{name}.master", root / "etc" / name)
    (root / "usr/bin/awk").symlink_to("mawk")
