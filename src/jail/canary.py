"""Runs as an ordinary job and prints one fact a line, name, tab, value: see jail/attestation.h, which says what
each must be. With nothing but the standard library; ctypes reaches the system calls that Python has no name
for: each must be refused by the kernel, not by Python.

In front of it stand NUMBERS, OTHER_ENTRIES, PROBES, NAMES and PLACES (jail/canary.cc).
"""

import errno, fcntl, mmap, os, resource, socket, stat, struct


def open_descriptors():
    found = []
    for fd in range(4096):
        try:
            os.fstat(fd)
        except OSError:
            continue
        found.append(fd)
    return found


# Loading ctypes can make libffi open a file and keep it, unless the zygote has prevented that (runner/libffi.h). Such a
# file is not one that the run was given.
given = open_descriptors()
import ctypes

for fd in open_descriptors():
    if fd not in given:
        os.close(fd)

libc = ctypes.CDLL(None, use_errno=True)


def fact(name, value):
    print(f"{name}\t{value}")


def outcome(act):
    """'done', or the name of the error that refused it."""
    try:
        act()
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))
    return "done"


def call(name, *arguments):
    return call_number(NUMBERS[name], *arguments)


def call_number(number, *arguments):
    def act():
        wide = [ctypes.c_long(argument) for argument in arguments]
        if libc.syscall(ctypes.c_long(number), *wide) < 0:
            raise OSError(ctypes.get_errno(), "")

    return outcome(act)


def capabilities():
    header = struct.pack("Ii", 0x20080522, 0)
    data = ctypes.create_string_buffer(24)
    if libc.syscall(NUMBERS["capget"], header, data) != 0:
        return "unknown"
    return f"{int.from_bytes(data.raw, 'little'):x}"


def streams():
    """What standard input, output and error are."""
    kinds = [os.fstat(fd) for fd in (0, 1, 2)]
    return " ".join(
        "null" if kind.st_rdev == os.makedev(1, 3) else f"{stat.S_IFMT(kind.st_mode):o}" for kind in kinds
    )


def names_in(directory):
    try:
        return " ".join(sorted(os.listdir(directory)))
    except OSError as error:
        return errno.errorcode[error.errno]


def interfaces():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        names = []
        for index in range(1, 9):
            request = struct.pack("16si20x", b"", index)
            try:
                names.append(fcntl.ioctl(probe, 0x8910, request)[:16].rstrip(b"\0").decode())
            except OSError:
                pass
    return " ".join(names)


def create_in(directory):
    path = os.path.join(directory, ".canary")

    def act():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
        os.unlink(path)

    return outcome(act)


def directories(parent, depth):
    """Those that can be found by looking, which is all that a script can do."""
    try:
        entries = [entry.path for entry in os.scandir(parent) if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    deeper = [below for path in entries if depth > 1 for below in directories(path, depth - 1)]
    return entries + deeper


def writable():
    """Where a file can be made, besides its home and its temporary directory."""
    own = {os.environ["HOME"], os.environ["TMPDIR"]}
    places = {"/", *directories("/", 3), *PLACES} - own
    return " ".join(sorted(place for place in places if create_in(place) == "done"))


def families():
    """Of sockets, unix ones aside, that are not refused."""
    return " ".join(
        str(family)
        for family in range(46)
        if family != socket.AF_UNIX and make_socket(family, socket.SOCK_DGRAM) != "EPERM"
    )


def signals_to_others():
    """The result of signalling the parent and the first process."""
    others = {1, os.getppid()} - {0}
    return " ".join(sorted({outcome(lambda: os.kill(other, 0)) for other in others}))


def connect(family, address):
    def act():
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(address)

    return outcome(act)


def make_socket(family, kind, protocol=0):
    return outcome(lambda: socket.socket(family, kind, protocol).close())


def scratch():
    """Bytes and inodes of the one file system that holds what a run may write."""
    found = set()
    try:
        for place in (".", os.environ["TMPDIR"], "/dev/shm"):
            room = os.statvfs(place)
            found.add((os.stat(place).st_dev, room.f_blocks * room.f_frsize, room.f_files))
    except OSError as error:
        return errno.errorcode[error.errno]
    return ", ".join(f"{size} {files}" for _, size, files in sorted(found))


def harm_job_socket():
    """What comes of acts on it that, were they allowed, would fail for another reason."""
    job, nowhere = 1000, 1
    acts = {
        call("write", job, nowhere, 1),
        call("writev", job, nowhere, 1),
        call("sendto", job, nowhere, 1, 0, 0, 0),
        call("sendmsg", job, nowhere, 0),
        call("shutdown", job, 99),
        call("dup", job),
        call("fcntl", job, 0, 0),
        call("dup3", 1 << 20, job, 0),
        call("close_range", job, job - 1, 0),
    }
    if "dup2" in NUMBERS:  # newer architectures have no such call
        acts.add(call("dup2", 1 << 20, job))
    return " ".join(sorted(acts))


def surprising_names(directory, expected):
    try:
        return " ".join(sorted(set(os.listdir(directory)) - expected))
    except FileNotFoundError:
        return ""
    except OSError as error:
        return errno.errorcode[error.errno]


def swapped_devices():
    """Those that are not what their names say (devices.txt of the kernel)."""
    numbers = {"null": 3, "full": 7, "random": 8, "urandom": 9}
    swapped = []
    for name, minor in numbers.items():
        try:
            found = os.stat(f"/dev/{name}")
        except FileNotFoundError:
            continue
        if not stat.S_ISCHR(found.st_mode) or found.st_rdev != os.makedev(1, minor):
            swapped.append(name)
    return " ".join(swapped)


def first_fields(path):
    try:
        with open(path, encoding="utf-8") as file:
            return " ".join(line.partition(":")[0] for line in file)
    except OSError as error:
        return errno.errorcode[error.errno]


def death_signal():
    number = ctypes.c_int()
    libc.prctl(2, ctypes.byref(number), 0, 0, 0)
    return number.value


def entry_of_32_bit_programs():
    """What getpid answers when it is called with int 0x80: in a child, which a kernel without this entry ends.
    Only x86-64 has one that a 64-bit process can use."""
    if not OTHER_ENTRIES:
        return "ENOSYS"
    page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=7)
    page.write(bytes.fromhex("53" "b814000000" "cd80" "5b" "c3"))
    enter = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    child = os.fork()
    if child == 0:
        os._exit(max(0, min(-enter(), 255)))
    status = os.waitpid(child, 0)[1]
    refused = os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == errno.ENOSYS
    return "ENOSYS" if refused else "open"


def probes():
    """The calls that are not answered as the table of the filter says, each with its actual answer. A line is the
    call's number, the error to be expected, and the place and value of each argument that is not -1."""
    system_call = libc.syscall
    system_call.restype = ctypes.c_long
    surprising, made = [], 0
    for line in PROBES.splitlines():
        number, expected, *changes = map(int, line.split())
        arguments = [ctypes.c_long(-1)] * 6
        for place, value in zip(changes[::2], changes[1::2]):
            arguments[place] = ctypes.c_long(value)
        found = ctypes.get_errno() if system_call(ctypes.c_long(number), *arguments) < 0 else 0
        made += 1
        if found != expected and len(surprising) < 8:
            surprising.append(f"{line.replace(' ', ',')}:{errno.errorcode.get(found, found)}")
    return made, " ".join(surprising)


fact("uid", " ".join(map(str, os.getresuid())))
fact("gid", " ".join(map(str, os.getresgid())))
fact("pid", os.getpid())
fact("no_new_privs", libc.prctl(39, 0, 0, 0, 0))
fact("seccomp", libc.prctl(21, 0, 0, 0, 0))
fact("capabilities", capabilities())
fact("bounding_set", sum(libc.prctl(23, bit, 0, 0, 0) == 1 for bit in range(41)))
fact("descriptors", " ".join(map(str, open_descriptors())))
fact("streams", streams())
fact("root", names_in("/"))
fact("proc", names_in("/proc"))
fact("home", names_in("."))
fact("cgroups", "visible" if os.path.exists("/sys/fs/cgroup") else "")
fact("home.write", create_in("."))
fact("tmp.write", create_in(os.environ["TMPDIR"]))
fact("writable", writable())
fact("families", families())
try:
    fact("interfaces", interfaces())
except OSError as error:
    fact("interfaces", errno.errorcode[error.errno])
fact("signals", signals_to_others())
fact("landlock", "enforced" if names_in("/") == "EACCES" else "absent")
fact("connect.ipv4", connect(socket.AF_INET, ("192.0.2.1", 80)))
fact("connect.ipv6", connect(socket.AF_INET6, ("2001:db8::1", 80)))
for directory in ("/", "/usr/bin", "/usr/lib", "/etc", "/dev", "/home", "/mnt", "/proc"):
    fact(f"write.{directory}", create_in(directory))
fact("socket.netlink", make_socket(socket.AF_NETLINK, socket.SOCK_RAW))
fact("socket.packet", make_socket(socket.AF_PACKET, socket.SOCK_RAW))
fact("socket.raw", make_socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))
fact("scratch", scratch())
for name in (
    "limit.as",
    "limit.core",
    "limit.cpu",
    "limit.data",
    "limit.fsize",
    "limit.memlock",
    "limit.msgqueue",
    "limit.nice",
    "limit.nofile",
    "limit.nproc",
    "limit.rtprio",
    "limit.sigpending",
):
    found = resource.getrlimit(getattr(resource, name.upper().replace("LIMIT.", "RLIMIT_")))
    fact(name, "{} {}".format(*found))
fact("job_socket", harm_job_socket())
fact("act.mount", call("mount", 0, 0, 0, 0, 0))
fact("act.pivot_root", call("pivot_root", 0, 0))
fact("act.chroot", call("chroot", 0))
fact("act.unshare", call("unshare", 0x10000000))
fact("act.setns", call("setns", 0, 0))
fact("act.clone_newuser", call("clone", 0x10000000 | 17, 0, 0, 0, 0))
fact("act.ptrace", call("ptrace", -1, 0, 0, 0))
fact("act.process_vm_readv", call("process_vm_readv", 1, 0, 0, 0, 0, 0))
fact("act.bpf", call("bpf", 0, 0, 0))
fact("act.perf_event_open", call("perf_event_open", 0, 0, 0, 0, 0))
fact("act.keyctl", call("keyctl", 0, 0, 0, 0, 0))
fact("act.io_uring_setup", call("io_uring_setup", 1, 0))
fact("act.open_by_handle_at", call("open_by_handle_at", 0, 0, 0))
fact("act.memfd_create", call("memfd_create", 0, 0))
fact("act.shmget", call("shmget", 0, 4096, 0o1600))
fact("securebits", libc.prctl(27, 0, 0, 0, 0))
fact("death_signal", death_signal())
fact("entry.32_bit", entry_of_32_bit_programs())
fact("entry.x32", call_number(0x40000000 | 39) if OTHER_ENTRIES else "ENOSYS")
fact("accounts", first_fields("/etc/passwd"))
fact("host", os.uname().nodename)
fact("devices", swapped_devices())
for directory, expected in NAMES.items():
    fact(f"names.{directory}", surprising_names(directory, expected))
fact("environment", " ".join(sorted(set(os.environ) - VARIABLES)))
made, surprising = probes()
fact("filter.probes", made)
fact("filter", surprising)
