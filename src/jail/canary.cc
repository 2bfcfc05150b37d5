#include "jail/attestation.h"

namespace executor {

// Runs with nothing but the standard library. ctypes reaches the system calls that Python has no
// name for; each must be refused by the kernel, not by Python.
std::string_view canary_script() {
  return R"PYTHON(
import ctypes, errno, fcntl, os, resource, socket, struct

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


def call(number, *arguments):
    def act():
        wide = [ctypes.c_long(argument) for argument in arguments]
        if libc.syscall(ctypes.c_long(number), *wide) < 0:
            raise OSError(ctypes.get_errno(), "")
    return outcome(act)


def capabilities():
    header = struct.pack("Ii", 0x20080522, 0)
    data = ctypes.create_string_buffer(24)
    if libc.syscall(125, header, data) != 0:
        return "unknown"
    return f"{int.from_bytes(data.raw, 'little'):x}"


def open_descriptors():
    found = []
    for fd in range(1024):
        try:
            os.fstat(fd)
        except OSError:
            continue
        found.append(str(fd))
    return " ".join(found)


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
    """Where a file can be made, beside its home and its temporary directory."""
    own = {os.environ["HOME"], os.environ["TMPDIR"]}
    places = {"/", *directories("/", 3), *globals().get("PLACES", ())} - own
    return " ".join(sorted(place for place in places if create_in(place) == "done"))


def families():
    """Of sockets, unix ones aside, that are not refused."""
    return " ".join(str(family) for family in range(46)
                    if family != socket.AF_UNIX and make_socket(family, socket.SOCK_DGRAM) != "EPERM")


def signals_to_others():
    """What signalling the parent and the first process comes to."""
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
    acts = {call(1, job, nowhere, 1), call(20, job, nowhere, 1), call(44, job, nowhere, 1, 0, 0, 0),
            call(46, job, nowhere, 0), call(48, job, 99), call(32, job), call(72, job, 0, 0),
            call(33, 1 << 20, job), call(292, 1 << 20, job, 0), call(436, job, job - 1, 0)}
    return " ".join(sorted(acts))


fact("uid", " ".join(map(str, os.getresuid())))
fact("gid", " ".join(map(str, os.getresgid())))
fact("pid", os.getpid())
fact("no_new_privs", libc.prctl(39, 0, 0, 0, 0))
fact("seccomp", libc.prctl(21, 0, 0, 0, 0))
fact("capabilities", capabilities())
fact("bounding_set", sum(libc.prctl(23, bit, 0, 0, 0) == 1 for bit in range(41)))
fact("descriptors", open_descriptors())
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
for name in ("limit.as", "limit.core", "limit.cpu", "limit.data", "limit.fsize", "limit.memlock",
             "limit.msgqueue", "limit.nice", "limit.nofile", "limit.nproc", "limit.rtprio",
             "limit.sigpending"):
    found = resource.getrlimit(getattr(resource, name.upper().replace("LIMIT.", "RLIMIT_")))
    fact(name, "{} {}".format(*found))
fact("job_socket", harm_job_socket())
fact("act.mount", call(165, 0, 0, 0, 0, 0))
fact("act.pivot_root", call(155, 0, 0))
fact("act.chroot", call(161, 0))
fact("act.unshare", call(272, 0x10000000))
fact("act.setns", call(308, 0, 0))
fact("act.clone_newuser", call(56, 0x10000000 | 17, 0, 0, 0, 0))
fact("act.ptrace", call(101, 0, 0, 0, 0))
fact("act.process_vm_readv", call(310, 1, 0, 0, 0, 0, 0))
fact("act.bpf", call(321, 0, 0, 0))
fact("act.perf_event_open", call(298, 0, 0, 0, 0, 0))
fact("act.keyctl", call(250, 0, 0, 0, 0, 0))
fact("act.io_uring_setup", call(425, 1, 0))
fact("act.open_by_handle_at", call(304, 0, 0, 0))
fact("act.memfd_create", call(319, 0, 0))
fact("act.shmget", call(29, 0, 4096, 0o1600))
)PYTHON";
}

}  // namespace executor
