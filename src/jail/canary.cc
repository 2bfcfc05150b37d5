#include "jail/attestation.h"

namespace executor {

// Runs with nothing but the standard library. ctypes reaches the system calls that Python has no
// name for; each must be refused by the kernel, not by Python.
std::string_view canary_script() {
  return R"PYTHON(
import ctypes, errno, fcntl, os, socket, struct

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
    def act():
        os.close(os.open(os.path.join(directory, ".canary"), os.O_CREAT | os.O_WRONLY))
    return outcome(act)


def connect(family, address):
    def act():
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(address)
    return outcome(act)


def make_socket(family, kind, protocol=0):
    return outcome(lambda: socket.socket(family, kind, protocol).close())


fact("uid", " ".join(map(str, os.getresuid())))
fact("gid", " ".join(map(str, os.getresgid())))
fact("pid", os.getpid())
fact("no_new_privs", libc.prctl(39, 0, 0, 0, 0))
fact("seccomp", libc.prctl(21, 0, 0, 0, 0))
fact("capabilities", capabilities())
fact("bounding_set", sum(libc.prctl(23, bit, 0, 0, 0) == 1 for bit in range(41)))
fact("descriptors", open_descriptors())
fact("root", " ".join(sorted(os.listdir("/"))))
fact("proc", " ".join(os.listdir("/proc")))
fact("home", " ".join(os.listdir(".")))
fact("cgroups", "visible" if os.path.exists("/sys/fs/cgroup") else "")
fact("interfaces", interfaces())
fact("connect.ipv4", connect(socket.AF_INET, ("192.0.2.1", 80)))
fact("connect.ipv6", connect(socket.AF_INET6, ("2001:db8::1", 80)))
for directory in ("/", "/usr/bin", "/usr/lib", "/etc", "/dev", "/home", "/mnt", "/proc"):
    fact(f"write.{directory}", create_in(directory))
fact("socket.netlink", make_socket(socket.AF_NETLINK, socket.SOCK_RAW))
fact("socket.packet", make_socket(socket.AF_PACKET, socket.SOCK_RAW))
fact("socket.raw", make_socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))
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
