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
NOWHERE = -1  # no descriptor, no process, no address: a call that reaches the kernel says so


class Success:
    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return f"succeeded ({self.value!r:.200})"


def call(number, *arguments):
    """Makes a system call of x86-64. Returns the name of its errno, or Success."""
    words = [ctypes.c_ulong(a & 2**64 - 1) if isinstance(a, int) else a for a in arguments]
    answer = _libc.syscall(ctypes.c_ulong(number), *words)
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
    _tries += 1
    if TIER == "uid" and uid:
        errors = uid
    if isinstance(answer, Success):
        _faults.append(f"escaped: {what} {answer}")
    elif answer not in errors:
        _faults.append(f"weakened: {what} was refused with {answer}, not {' or '.join(errors)}")


def filtered(what, number, *arguments):
    """A call that the filter refuses, with these arguments and with such as no kernel takes."""
    refused(what, call(number, *arguments), "EPERM")
    refused(f"{what} with invalid arguments", call(number, *[NOWHERE] * 6), "EPERM")


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
