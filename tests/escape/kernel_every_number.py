# expect: held
# Every call that a sandbox must refuse answers EPERM; nothing kills the run, so that libraries can fall back.
from prelude import *

FORBIDDEN = """
ptrace syslog uselib personality ustat sysfs sched_setparam sched_setscheduler mlockall munlockall vhangup
modify_ldt pivot_root _sysctl adjtimex chroot sync acct settimeofday mount umount2 swapon swapoff reboot
sethostname setdomainname iopl ioperm create_module init_module delete_module get_kernel_syms query_module
quotactl nfsservctl afs_syscall setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr io_setup
io_destroy io_getevents io_submit io_cancel lookup_dcookie remap_file_pages clock_settime vserver mbind
set_mempolicy get_mempolicy mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr kexec_load
add_key request_key keyctl ioprio_set ioprio_get inotify_init inotify_add_watch inotify_rm_watch migrate_pages
unshare splice tee vmsplice move_pages perf_event_open fanotify_init fanotify_mark name_to_handle_at
open_by_handle_at clock_adjtime syncfs setns process_vm_readv process_vm_writev kcmp finit_module sched_setattr
sched_getattr seccomp memfd_create kexec_file_load bpf userfaultfd mlock2 pkey_mprotect pkey_alloc pkey_free
io_pgetevents io_uring_setup io_uring_enter io_uring_register open_tree move_mount fsopen fsconfig fsmount
fspick pidfd_getfd process_madvise mount_setattr quotactl_fd landlock_create_ruleset landlock_add_rule
landlock_restrict_self memfd_secret process_mrelease set_mempolicy_home_node
""".split()


def main():
    for name in FORBIDDEN:
        refused(name, call(name, *[NOWHERE] * 6), "EPERM", "ENOSYS")
        refused(f"{name} with nothing", call(name), "EPERM", "ENOSYS")
    return verdict()
