"""What Python does at the end of a program: what it prints, where it flushes, and how a process exits.

Its threads are joined and its exit functions called between the two, from C++ (runner/script.cc): there is no frame
of ours below them.
"""

import atexit
import builtins
import sys
import threading
import weakref
from _signal import SIG_DFL, SIG_UNBLOCK, SIGINT, pthread_sigmask, signal
from os import _exit, getpid, kill, write
from typing import Any

__builtins__ = dict(vars(builtins))

_sys_dict, _modules = vars(sys), sys.modules
_own_streams = (sys.stdout, sys.stderr)
_count_exit_functions = atexit._ncallbacks
_threads: Any = threading._active  # type: ignore[attr-defined]
_finalizers: Any = weakref.finalize._registry  # type: ignore[attr-defined]


def exit_status(error: Any) -> tuple[int, bytes]:
    """What a SystemExit says, read as Python does: nothing, a status, or a message for stderr."""
    try:
        code = error.code
    except Exception:
        code = None
    if code is None:
        return 0, b""
    if issubclass(type(code), int):
        # What does not fit a C long is -1 there.
        fits = int.__ge__(code, -1 << 63) and int.__lt__(code, 1 << 63)
        return (int.__and__(code, 0xFF) if fits else 0xFF), b""
    try:
        message = str.__getitem__(str(code), slice(1 << 16)).encode("utf-8", "backslashreplace")
    except BaseException:
        message = b""
    return 1, message + b"\n"


# --- What is printed -----------------------------------------------------------------------------


def work_left() -> tuple[int, ...]:
    """Numbers of things that may have something to say at the end, to be compared with those at the start."""
    logging = vars(_modules.get("logging", sys)).get("_handlerList", ())
    children = vars(_modules.get("multiprocessing.process", sys)).get("_children", ())
    return len(_threads), _count_exit_functions(), len(_finalizers), len(logging), len(children)


def has_more_work(before: tuple[int, ...]) -> bool:
    try:
        return any([now > then for now, then in zip(work_left(), before)])
    except Exception:
        return True  # a script has put something else there


def has_own_stderr() -> bool:
    """Whether the script has put another stream in the place of sys.stderr."""
    return _sys_dict.get("stderr") is not _own_streams[1]


def printed(text: bytes) -> bool:
    """Prints through the script's sys.stderr, as Python does. False if that fails."""
    try:
        stream: Any = _sys_dict.get("stderr")
        stream.write(text.decode())
        stream.flush()
        return True
    except BaseException:
        return False


def write_to_stderr(text: bytes) -> None:
    try:
        write(2, text)
    except BaseException:
        pass


def flush() -> None:
    for stream in (_sys_dict.get("stdout"), _sys_dict.get("stderr"), *_own_streams):
        try:
            stream.flush()  # type: ignore[union-attr]
        except BaseException:
            pass


# --- Forked children -----------------------------------------------------------------------------

INTERRUPTED = -1


def leave(status: int) -> None:
    """Ends the process. Python ends as the signal would have ended it that a KeyboardInterrupt stands for."""
    try:
        if status == INTERRUPTED:
            signal(SIGINT, SIG_DFL)
            pthread_sigmask(SIG_UNBLOCK, {SIGINT})
            kill(getpid(), SIGINT)
    finally:
        _exit(status & 0xFF)
