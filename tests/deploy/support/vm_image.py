"""The images that the virtual machines of the tests start from: a Debian root with systemd, and its kernel.

    directory = vm_image.image(["strace"], "bookworm", "amd64")

Theory of operation. The root is made once by debootstrap and apt, kept as an image in
/var/cache/python-executor-tests under a hash of all that it is made from, and never written again.
A machine of another architecture than this one's configures the packages of its root itself, at a first
boot, because nothing here can run their scripts. Must run as root, for debootstrap.
"""

import fcntl
import functools
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from support import roots, unpacked

CACHE = Path("/var/cache/python-executor-tests")
AGENT = Path(__file__).with_name("vm_agent.py")
RELEASE = "bookworm"  # unless another is asked for
FIRST_BOOT_LIMIT = 5400

# What makes it a machine, and what the tests need; what the service needs, scripts/install-dependencies
# knows for each release.
PACKAGES = """
    systemd-sysv dbus udev iproute2 procps curl util-linux
    ca-certificates strace sudo
""".split()


@dataclass(frozen=True)
class Architecture:
    """What one machine has otherwise than another."""

    packages: list  # of its kernel
    qemu: list
    disk: str
    device: str
    console: str


# The kernel of arm64 has the driver of NVMe built in, and needs no initrd; what would come with one is named.
ARCHITECTURES = {
    "amd64": Architecture(
        packages=["linux-image-cloud-amd64", "initramfs-tools"],
        qemu=["qemu-system-x86_64", "-cpu", "max"],
        disk="/dev/vda",
        device="virtio-blk-pci",
        console="ttyS0",
    ),
    "arm64": Architecture(
        packages=["kmod"],
        qemu=["qemu-system-aarch64", "-machine", "virt", "-cpu", "neoverse-n1"],
        disk="/dev/nvme0n1",
        device="nvme,serial=disk",
        console="ttyAMA0",
    ),
}

# Small and quick to unpack, for an emulated machine; documentation is not needed here.
FILES = {
    "etc/apt/apt.conf.d/90test": 'APT::Install-Recommends "false";\n',
    "etc/dpkg/dpkg.cfg.d/90test": "path-exclude=/usr/share/doc/*\npath-exclude=/usr/share/locale/*\n"
    "force-unsafe-io\n",
    "etc/initramfs-tools/conf.d/90test": "MODULES=list\nCOMPRESS=gzip\n",
    "etc/initramfs-tools/modules": "virtio_pci\nvirtio_blk\next4\n",
    "etc/fstab": f"{ARCHITECTURES['amd64'].disk} / ext4 defaults 0 1\n",
    "etc/hostname": "machine\n",
    "etc/hosts": "127.0.0.1 localhost machine\n::1 localhost\n",
    "etc/systemd/system/test-agent.service": """
[Unit]
Description=Runs what the test harness asks for
BindsTo=dev-virtio\\x2dports-python\\x2dexecutor.agent.device
After=dev-virtio\\x2dports-python\\x2dexecutor.agent.device

[Service]
ExecStart=/usr/bin/python3 -I /usr/local/lib/test-agent
Environment=HOME=/root DEBIAN_FRONTEND=noninteractive
# What a command leaves in the background outlives the agent; no process waits for its end.
KillMode=process
OOMPolicy=continue
OOMScoreAdjust=-1000

[Install]
WantedBy=multi-user.target
""",
}
# Not wanted in a machine without people: they only make the start longer.
MASKED = """
    apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer
    getty.target systemd-pcrphase.service systemd-pcrphase-sysinit.service
    systemd-networkd-wait-online.service man-db.timer dpkg-db-backup.timer logrotate.timer
""".split()
UPDATE = "apt-get -q update"
RECIPE = f"""
    export DEBIAN_FRONTEND=noninteractive
    printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
    {UPDATE}
    apt-get -q -y dist-upgrade
    apt-get -q -y install $PACKAGES
    systemctl enable test-agent.service
    systemctl mask $MASKED
    systemctl disable nginx.service
    rm -f /usr/sbin/policy-rc.d /etc/machine-id /var/lib/dbus/machine-id
    touch /etc/machine-id
    apt-get clean
    rm -rf /var/lib/apt/lists/*
"""
# The first process of a machine at its first boot. Its end is the machine's: qemu ends at the kernel's panic. A file
# that is removed while it is open, as this one would be, keeps the root from being made read-only.
CONFIGURED = "all packages are configured"
FIRST_BOOT = f"""#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive
mount -t devtmpfs none /dev
mount -t proc proc /proc
dpkg --configure -a &&
  PACKAGES="$PACKAGES" MASKED="$MASKED" bash -eu /recipe && echo '{CONFIGURED}'
sync
mount -o remount,ro /
"""


class MachineError(Exception):
    """The machine did not do what it was asked for; the text says what it printed."""


def image(packages=(), release=RELEASE, architecture="amd64"):
    """The directory with root.img, vmlinuz and maybe initrd.img for these packages; made when missing."""
    kernel = ARCHITECTURES[architecture]
    wanted = sorted({*PACKAGES, *kernel.packages, *roots.packages(release, "runtime"), *packages})
    made_from = [release, wanted, FILES, MASKED, RECIPE, AGENT.read_text()]
    if architecture != "amd64":
        made_from += [architecture, FIRST_BOOT, unpacked.ALWAYS, unpacked.LEFT_OUT]
    made = CACHE / f"vm-{hashlib.sha256(json.dumps(made_from).encode()).hexdigest()[:16]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(f"{made}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            with tempfile.TemporaryDirectory(dir=CACHE, prefix="vm-making-") as work:
                _make_image(Path(work), wanted, release, architecture)
                (Path(work) / "image").rename(made)
    return made


def _make_image(work, packages, release, architecture):
    root, result, log = work / "root", work / "image", work / "log"
    result.mkdir()
    foreign = architecture != "amd64"
    if foreign:
        unpacked.make(functools.partial(_step, log), root, release, architecture, packages)
    else:
        _step(log, "debootstrap", "--variant=minbase", release, root)
        roots.use_sources(root, release)
    files = FILES | {"etc/fstab": f"{ARCHITECTURES[architecture].disk} / ext4 defaults 0 1\n"}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "usr/local/lib").mkdir(parents=True, exist_ok=True)
    shutil.copy(AGENT, root / "usr/local/lib/test-agent")
    words = {"PACKAGES": " ".join(packages), "MASKED": " ".join(MASKED)}
    if foreign:
        _put_first_boot(root, words)
        shutil.copy(next((root / "boot").glob("vmlinuz-*")), result / "vmlinuz")
    else:
        _configure(log, root, words)
        for name in ("vmlinuz", "initrd.img"):
            shutil.copy(root / os.readlink(root / name).lstrip("/"), result / name)
    _step(log, "truncate", "--size=4G", result / "root.img")
    _step(log, "mkfs.ext4", "-q", "-F", "-m0", "-E", "lazy_itable_init=1", "-d", root, result / "root.img")
    if foreign:
        _boot_first(log, result, architecture)


def _configure(log, root, words):
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    _step(
        log,
        # A mount namespace of its own, so that no mount is ever left behind.
        *["unshare", "--mount", "--fork", "--pid", "--kill-child", "bash", "-euc"],
        f"mount -t proc proc {root}/proc; mount -t devtmpfs none {root}/dev; "
        f'exec chroot {root} bash -euc "$RECIPE"',
        environment={"RECIPE": RECIPE} | words,
    )
    (root / "etc/resolv.conf").unlink()


def _put_first_boot(root, words):
    script = FIRST_BOOT
    for name, value in words.items():
        script = script.replace(f"${name}", value)
    (root / "first-boot").write_text(script)
    (root / "first-boot").chmod(0o755)
    (root / "recipe").write_text(RECIPE.replace(UPDATE, ""))


def _boot_first(log, image, architecture):
    """Configures the packages, and runs the recipe, in the machine itself."""
    command = qemu(architecture, image, image / "root.img", "raw", 2, 2048, log, "init=/first-boot panic=-1")
    subprocess.run([*command, "-no-reboot"], stdin=subprocess.DEVNULL, check=True, timeout=FIRST_BOOT_LIMIT)
    said = log.read_text(errors="replace")
    if CONFIGURED not in said:
        raise MachineError(f"the machine has not configured its packages:\n{said[-4000:]}")


def qemu(architecture, image, disk, format, processors, memory, console, append):
    """The command for a machine with the kernel of an image. What it writes on its console becomes a file."""
    kind = ARCHITECTURES[architecture]
    initrd = image / "initrd.img"
    return [
        # However the test ends, its machine ends too.
        *["setpriv", "--pdeathsig", "KILL", "--"],
        *[*kind.qemu, "-accel", "tcg,thread=multi"],
        *["-smp", str(processors), "-m", str(memory), "-nic", "none"],
        *["-display", "none", "-monitor", "none"],
        *["-serial", f"file:{console}", "-kernel", image / "vmlinuz"],
        *(["-initrd", initrd] if initrd.exists() else []),
        *["-append", f"root={kind.disk} rw console={kind.console} quiet mitigations=off {append}"],
        *["-drive", f"file={disk},format={format},if=none,id=disk,cache=unsafe"],
        *["-device", f"{kind.device},drive=disk", "-device", "virtio-rng-pci"],
    ]


def _step(log, *command, environment=None):
    with open(log, "w") as output:
        status = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"} | (environment or {}),
        ).returncode
    if status != 0:
        raise MachineError(f"{command[0]}: status {status}\n{log.read_text()[-4000:]}")
