"""What docker gives a container that is run without flags: capabilities and a seccomp profile.

Docker's own profile is a long list of what is allowed. Here it is described by what it refuses, which is
short enough to read; everything else that the kernel's headers name is allowed, and what they do not
name is refused.
"""

import json
import re
from pathlib import Path

CAPABILITIES = frozenset(
    """AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP
    SETGID SETPCAP SETUID SYS_CHROOT""".split()
)

# What is refused with EPERM, unless the container has one of these capabilities.
REFUSED_WITHOUT = {
    "SYS_ADMIN": """unshare setns
        mount umount2 mount_setattr move_mount open_tree fsopen fsconfig fsmount fspick
        sethostname setdomainname quotactl quotactl_fd fanotify_init lookup_dcookie""",
    "SYS_ADMIN BPF": "bpf",
    "SYS_ADMIN PERFMON": "perf_event_open",
    "SYS_ADMIN SYSLOG": "syslog",
    "SYS_BOOT": "reboot",
    "SYS_CHROOT": "chroot",
    "SYS_MODULE": "init_module finit_module delete_module",
    "SYS_NICE": "get_mempolicy set_mempolicy set_mempolicy_home_node mbind",
    "SYS_PACCT": "acct",
    "SYS_PTRACE": "kcmp pidfd_getfd process_madvise",
    "SYS_RAWIO": "iopl ioperm",
    "SYS_TIME": "settimeofday clock_settime",
    "SYS_TTY_CONFIG": "vhangup",
    "DAC_READ_SEARCH": "open_by_handle_at",
}
# With any capability. pivot_root, mind: a container with SYS_ADMIN may mount, but not pivot.
REFUSED_ALWAYS = """pivot_root
    add_key request_key keyctl
    kexec_load kexec_file_load swapon swapoff
    io_uring_setup io_uring_enter io_uring_register userfaultfd
    migrate_pages move_pages
    uselib ustat sysfs nfsservctl _sysctl
    create_module query_module get_kernel_syms
    getpmsg putpmsg afs_syscall tuxcall security vserver"""

ALLOWED_PERSONALITIES = (0, 8, 0x20000, 0x20008, 0xFFFFFFFF)  # Linux, Linux32, with uname 2.6; ask
AF_VSOCK = 40
# CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
CLONE_NAMESPACES = 0x7E020000
EPERM, ENOSYS = 1, 38

HEADER = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")


def allowed(names, **condition):
    rule = {"names": sorted(names), "action": "SCMP_ACT_ALLOW"}
    if condition:
        rule["args"] = [{"index": 0} | condition]
    return rule


def seccomp_profile(capabilities):
    """The profile that docker makes for a container with these capabilities, as a JSON text."""
    known = set(re.findall(r"__NR_(\w+)", HEADER.read_text()))
    refused = set(REFUSED_ALWAYS.split())
    for sufficient, names in REFUSED_WITHOUT.items():
        if not capabilities & set(sufficient.split()):
            refused |= set(names.split())
    conditional = {"clone", "clone3", "personality", "socket"}
    rules = [allowed(known - refused - conditional)]
    rules += [allowed(["personality"], value=value, op="SCMP_CMP_EQ") for value in ALLOWED_PERSONALITIES]
    rules.append(allowed(["socket"], value=AF_VSOCK, op="SCMP_CMP_NE"))
    if "SYS_ADMIN" in capabilities:
        rules.append(allowed(["clone", "clone3"]))
    else:
        rules.append(allowed(["clone"], value=CLONE_NAMESPACES, valueTwo=0, op="SCMP_CMP_MASKED_EQ"))
        # Its flags are behind a pointer; the C library falls back to clone.
        rules.append({"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": ENOSYS})
    return json.dumps(
        {
            "defaultAction": "SCMP_ACT_ERRNO",
            "defaultErrnoRet": EPERM,
            "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
            "syscalls": rules,
        },
        indent=1,
    )
