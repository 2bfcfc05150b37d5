# What attacks share: raw system calls, and the book that is kept of what was tried.
import ctypes, errno, os, struct, time

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_faults = []
_tries = 0
TIER = "full"  # the driver writes the one that is tested
# Where a run may make files.
TMP = os.environ["TMPDIR"] if TIER == "uid" else "/tmp"
HOME = os.environ["HOME"] if TIER == "uid" else "/home/sandbox"
SCRATCH = (TMP, HOME) if TIER == "uid" else (TMP, HOME, "/dev/shm")
# System calls: the name, its number on x86-64, its number on arm64.
_NUMBERS = """
write:1:64 close:3:57 mmap:9:222 munmap:11:215 brk:12:214 ioctl:16:29 mincore:27:232 madvise:28:233 shmget:29:194
shmat:30:196 shmctl:31:195 dup2:33:- socket:41:198 socketpair:53:199 setsockopt:54:208 getsockopt:55:209
clone:56:220 exit:60:93 semget:64:190 semop:65:193 msgget:68:186 msgsnd:69:189 fcntl:72:25 flock:73:32 sysinfo:99:179
ptrace:101:117 syslog:103:116 setuid:105:146 setgid:106:144 setreuid:113:145 setregid:114:143 setgroups:116:159
setresuid:117:147 setresgid:119:149 setfsuid:122:151 setfsgid:123:152 capget:125:90 capset:126:91
rt_sigqueueinfo:129:138 uselib:134:- personality:135:92 ustat:136:- sysfs:139:- sched_setparam:142:118
sched_setscheduler:144:119 mlock:149:228 mlockall:151:230 munlockall:152:231 vhangup:153:58 modify_ldt:154:-
pivot_root:155:41 _sysctl:156:- prctl:157:167 arch_prctl:158:- adjtimex:159:171 setrlimit:160:164 chroot:161:51
sync:162:81 acct:163:89 settimeofday:164:170 mount:165:40 umount2:166:39 swapon:167:224 swapoff:168:225
reboot:169:142 sethostname:170:161 setdomainname:171:162 iopl:172:- ioperm:173:- create_module:174:-
init_module:175:105 delete_module:176:106 get_kernel_syms:177:- query_module:178:- quotactl:179:60 nfsservctl:180:42
afs_syscall:183:- setxattr:188:5 lsetxattr:189:6 fsetxattr:190:7 removexattr:197:14 lremovexattr:198:15
fremovexattr:199:16 tkill:200:130 io_setup:206:0 io_destroy:207:1 io_getevents:208:4 io_submit:209:2 io_cancel:210:3
lookup_dcookie:212:18 remap_file_pages:216:234 timer_create:222:107 clock_settime:227:112 clock_gettime:228:113
clock_getres:229:114 clock_nanosleep:230:115 tgkill:234:131 vserver:236:- mbind:237:235 set_mempolicy:238:237
get_mempolicy:239:236 mq_open:240:180 mq_unlink:241:181 mq_timedsend:242:182 mq_timedreceive:243:183
mq_notify:244:184 mq_getsetattr:245:185 kexec_load:246:104 add_key:248:217 request_key:249:218 keyctl:250:219
ioprio_set:251:30 ioprio_get:252:31 inotify_init:253:- inotify_add_watch:254:27 inotify_rm_watch:255:28
futex:202:98 migrate_pages:256:238 linkat:265:37 unshare:272:97 splice:275:76 tee:276:77 vmsplice:278:75 move_pages:279:239
dup3:292:24 inotify_init1:294:26 rt_tgsigqueueinfo:297:240 perf_event_open:298:241 fanotify_init:300:262
fanotify_mark:301:263 prlimit64:302:261 name_to_handle_at:303:264 open_by_handle_at:304:265 clock_adjtime:305:266
syncfs:306:267 sendmmsg:307:269 setns:308:268 process_vm_readv:310:270 process_vm_writev:311:271 kcmp:312:272
finit_module:313:273 sched_setattr:314:274 sched_getattr:315:275 seccomp:317:277 memfd_create:319:279
kexec_file_load:320:294 bpf:321:280 userfaultfd:323:282 mlock2:325:284 preadv2:327:286 pkey_mprotect:329:288
pkey_alloc:330:289 pkey_free:331:290 io_pgetevents:333:292 pidfd_send_signal:424:424 io_uring_setup:425:425
io_uring_enter:426:426 io_uring_register:427:427 open_tree:428:428 move_mount:429:429 fsopen:430:430
fsconfig:431:431 fsmount:432:432 fspick:433:433 pidfd_open:434:434 clone3:435:435 close_range:436:436
openat2:437:437 pidfd_getfd:438:438 process_madvise:440:440 mount_setattr:442:442 quotactl_fd:443:443
landlock_create_ruleset:444:444 landlock_add_rule:445:445 landlock_restrict_self:446:446 memfd_secret:447:447
process_mrelease:448:448 set_mempolicy_home_node:450:450 cachestat:451:451 statmount:457:457 listmount:458:458
open_tree_attr:467:467
"""
_COLUMN = {"x86_64": 1, "aarch64": 2}[os.uname().machine]
_NUMBER_OF = {row[0]: row[_COLUMN] for row in (entry.split(":") for entry in _NUMBERS.split())}
ABSENT = "absent"  # the answer of a call that this architecture does not have
NOWHERE = -1  # no descriptor, no process, no address: a call that reaches the kernel says so


class Success:
    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return f"succeeded ({self.value!r:.200})"


def number(name):
    """The number of a system call, None where this architecture does not have it."""
    digits = _NUMBER_OF[name]
    return None if digits == "-" else int(digits)


def call(which, *arguments):
    """Makes a system call, named or by its number. Returns the name of its errno, Success, or ABSENT."""
    which = number(which) if isinstance(which, str) else which
    if which is None:
        return ABSENT
    words = [ctypes.c_ulong(a & 2**64 - 1) if isinstance(a, int) else a for a in arguments]
    answer = _libc.syscall(ctypes.c_ulong(which), *words)
    return Success(answer) if answer != -1 else errno.errorcode[ctypes.get_errno()]


def attempt(function, *arguments, **named):
    """Calls a function. Returns the name of the errno of its OSError, or Success."""
    try:
        return Success(function(*arguments, **named))
    except OSError as error:
        return errno.errorcode.get(error.errno, repr(error))


def refused(what, answer, *errors, uid=()):
    """Notes a try, which must have been answered with one of these errors; in the tier uid, where no
    mounts and no namespaces answer, with those that are named for it, if there are any."""
    global _tries
    if answer is ABSENT:
        return
    _tries += 1
    if TIER == "uid" and uid:
        errors = uid
    if isinstance(answer, Success):
        _faults.append(f"escaped: {what} {answer}")
    elif answer not in errors:
        _faults.append(f"weakened: {what} was refused with {answer}, not {' or '.join(errors)}")


def filtered(name, *arguments):
    """A call that the filter refuses, with these arguments and with such as no kernel takes."""
    refused(name, call(name, *arguments), "EPERM")
    refused(f"{name} with invalid arguments", call(name, *[NOWHERE] * 6), "EPERM")


def seen(what, found):
    """Notes something that must not be there to be seen."""
    global _tries
    _tries += 1
    if found:
        _faults.append(f"escaped: {what}: {found!r:.200}")


def wait_for_the_end():
    """In the tier uid files are counted from outside, now and then: what is too much is seen, but later."""
    if TIER == "uid":
        time.sleep(10)


def verdict():
    return "; ".join(_faults) or ("held" if _tries else "nothing was tried")


def in_child(function):
    """Runs a function in a forked child. Returns its exit status, or minus the signal."""
    child = os.fork()
    if child == 0:
        try:
            function()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def meet(look, seconds=0.5):
    """Looks again and again for another run that is under way, and prints for how long it did."""
    start = time.monotonic()
    while time.monotonic() < start + seconds:
        look()
        time.sleep(0.005)
    print("window", start, time.monotonic())


def fill_listeners(backlog, enough):
    """Sends bytes over unix connections that are never accepted, until they should hold `enough` of them in
    listeners of that backlog. Returns how many."""
    import socket

    chunk = b"x" * 65536
    held = 0
    listening = []
    while held < enough:
        path = f"{os.environ['TMPDIR']}/{len(listening)}"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(backlog)
        listening.append(listener)
        for _ in range(backlog):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.setblocking(False)
                try:
                    connection.connect(path)
                    while True:
                        held += connection.send(chunk)
                except OSError:
                    pass
    time.sleep(1)
    return held
