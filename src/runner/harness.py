"""The Python side of a worker: runs one script and says how it ended.

Who calls: the zygote loads the harness files (result, report, script, images, random and this one), calls
preload() and warm_up(), and freezes the heap. Each worker is a clone of it, without Python's
after-fork hooks; it calls fresh_process(), warm_up() again while it waits, and execute() once,
whose answer becomes the claim (wire/claim.h).

The script shares this process, so nothing here is a wall against it: the responder treats the
claim as untrusted. What is promised is less and worth having: a script that patches json, builtins,
sys or traceback, that raises hostile exceptions or exhausts the stack or the memory, still gets the
answer that its run deserves. So whatever is needed after the script began is bound here at import,
`__builtins__` included: functions take their builtins from their module.
"""

import atexit
import builtins
import io
import os
import signal
import sys
import threading
from errno import EDQUOT, EFBIG, ENOSPC
from importlib import import_module
from os import _exit, getpid
from sys import setprofile, setrecursionlimit, settrace
from types import ModuleType
from typing import Any

from _executor_images import open_figures
from _executor_random import reseeders
from _executor_report import SCRIPT_FILE, hide_script, report, show_script
from _executor_result import RECURSION_LIMIT, Refused, TooLarge, encode
from _executor_script import can_bind_main, compiled, new_module

__builtins__ = dict(vars(builtins))

# Dialect in contract/outcome.h.
FUNCTION = 0
PROGRAM = 1

# ClaimKind in wire/claim.h.
RETURNED = 0
MISSING_MAIN = 1
NO_CALLABLE_MAIN = 2
SYNTAX_ERROR = 3
EXCEPTION = 4
INVALID_RESULT = 5
MEMORY_ERROR = 6
FILE_ERROR = 7
RESULT_TOO_LARGE = 8
SYSTEM_EXIT = 9

# (kind, status, text, detail), the fields of Claim but for its images.
Claim = tuple[int, int, bytes, bytes]


# --- Endings -------------------------------------------------------------------------------------

_errno_of = OSError.errno.__get__
_traceback_of = BaseException.__traceback__.__get__
_context_of = BaseException.__context__.__get__
_mro_of = type.__dict__["__mro__"].__get__
_dict_of = type.__dict__["__dict__"].__get__
_join_threads = threading._shutdown
_run_exit_functions = atexit._run_exitfuncs
_own_streams = (sys.stdout, sys.stderr)
_block_signals = signal.pthread_sigmask
_SIG_BLOCK = signal.SIG_BLOCK
# What a script may have a handler for that would interrupt the harness when the script is over.
_LATE_SIGNALS = frozenset(
    int(signal.Signals[f"SIG{name}"])
    for name in "ALRM CHLD HUP INT IO PROF TERM USR1 USR2 VTALRM".split()
)

# Given up when memory has run out, so that there is some to answer with. Never touched, so it costs
# address space only.
_reserve = [bytearray(4 << 20)]


def _claim_of_error(dialect: int, error: BaseException, awaited: bool) -> Claim:
    kind = type(error)
    if dialect == PROGRAM and issubclass(kind, SystemExit):
        return _claim_of_exit(error)
    if issubclass(kind, MemoryError):
        _free_memory(error)
        return (MEMORY_ERROR, 0, *report(error, _OWN_FILES, awaited))
    full = issubclass(kind, OSError) and _errno_of(error) in (EFBIG, ENOSPC, EDQUOT)
    return (FILE_ERROR if full else EXCEPTION, 0, *report(error, _OWN_FILES, awaited))


def _claim_of_exit(error: SystemExit) -> Claim:
    """Reads the exit code as Python does: nothing, a status, or a message for stderr."""
    try:
        code = error.code
    except Exception:
        code = None
    if code is None:
        return (RETURNED, 0, b"", b"")
    if issubclass(type(code), int):
        # What does not fit a C long is -1 there.
        status = int.__and__(code, 0xFF) if int.bit_length(code) < 64 else 0xFF
        return (SYSTEM_EXIT if status else RETURNED, status, b"", b"")
    try:
        message = str.__getitem__(str(code), slice(1 << 16)).encode("utf-8", "backslashreplace")
    except BaseException:
        message = b""
    return (SYSTEM_EXIT, 1, b"", message + b"\n")


def _free_memory(error: BaseException) -> None:
    """Lets go of what the script's frames hold. Destructors may run the script's code; so be it."""
    _reserve.clear()
    for _ in range(8):
        entry = _traceback_of(error)
        while entry is not None:
            try:
                entry.tb_frame.clear()
            except RuntimeError:
                pass  # it is running: one of ours, or a generator's
            entry = entry.tb_next
        error = _context_of(error)
        if error is None:
            return


def _claim_of_value(value: Any, max_result: int) -> Claim:
    """Raises what the script's own methods raise while the value is read."""
    try:
        return (RETURNED, 0, encode(value, max_result), b"")
    except TooLarge:
        return (RESULT_TOO_LARGE, 0, b"", b"")
    except Refused as refused:
        text = f"main() must return JSON-serializable data: {refused.args[0]}"
        return (INVALID_RESULT, 0, text.encode("utf-8", "backslashreplace"), b"")


def _shut_down() -> None:
    """What Python does at exit, as far as the script can tell: joins its threads, runs atexit."""
    for step in (_join_threads, _run_exit_functions):
        try:
            step()
        except BaseException:
            pass


def _flush() -> None:
    for stream in (getattr(sys, "stdout", None), getattr(sys, "stderr", None), *_own_streams):
        try:
            stream.flush()
        except BaseException:
            pass


def _leave_forked_child(dialect: int, claim: Claim) -> None:
    """A child that the script forked has run off its end: it exits, and answers nothing."""
    kind, status, text, detail = claim
    try:
        os.write(2, detail)
    except BaseException:
        pass
    _shut_down()
    _flush()
    _exit(status if kind in (RETURNED, SYSTEM_EXIT) else 1)


# --- Dialects ------------------------------------------------------------------------------------


def _install(module: ModuleType) -> None:
    """Makes the process look as if Python had been started for this script."""
    sys.modules[module.__name__] = module
    sys.argv = [SCRIPT_FILE]
    if sys.path[:1] != [""]:
        sys.path.insert(0, "")


async def _awaited(value: Any) -> Any:
    return await value


def _is_awaitable(value: Any) -> bool:
    # Not hasattr: a metaclass might answer for its class.
    return any(["__await__" in _dict_of(base) for base in _mro_of(type(value))])


def _run(
    dialect: int, source: bytes, max_result: int, images: bool, process: int
) -> tuple[Claim, bytes]:
    text, code, why_not = compiled(source)
    if code is None:
        return (SYNTAX_ERROR, 0, *why_not), b""
    if dialect == FUNCTION and not can_bind_main(code):
        return (MISSING_MAIN, 0, b"", b""), b""
    show_script(text)
    module = new_module("script" if dialect == FUNCTION else "__main__", text)
    _install(module)
    error = value = None
    awaited = False
    has_main = True
    try:
        exec(code, module.__dict__)
        if dialect == FUNCTION:
            main = module.__dict__.get("main")
            has_main = callable(main)
            if has_main:
                value = main()
                if awaited := _is_awaitable(value):
                    import asyncio

                    value = asyncio.run(_awaited(value))
    except BaseException as raised:
        error = raised
    # In this frame: a call would be traced. A trace function that raises is dropped by the
    # interpreter, a signal handler that does has had its turn: the next attempt succeeds.
    for _ in range(9):
        try:
            settrace(None)
            setprofile(None)
            _block_signals(_SIG_BLOCK, _LATE_SIGNALS)
            setrecursionlimit(RECURSION_LIMIT)
            break
        except BaseException:
            pass
    claim = _ended(dialect, error, value, awaited, has_main, max_result, process)
    figures = b""
    if images:
        claim, figures = _with_figures(claim, max_result)
    if dialect == PROGRAM:
        _shut_down()
    _flush()
    return claim, figures


def _ended(
    dialect: int,
    error: BaseException | None,
    value: Any,
    awaited: bool,
    has_main: bool,
    max_result: int,
    process: int,
) -> Claim:
    claim = (RETURNED, 0, b"", b"")
    if not has_main:
        claim = (NO_CALLABLE_MAIN, 0, b"", b"")
    elif error is None and dialect == FUNCTION and getpid() == process:
        try:
            claim = _claim_of_value(value, max_result)
        except BaseException as raised:
            error = raised
    if error is not None:
        claim = _claim_of_error(dialect, error, awaited)
    if getpid() != process:
        _leave_forked_child(dialect, claim)
    return claim


def _with_figures(claim: Claim, max_result: int) -> tuple[Claim, bytes]:
    """What cannot be drawn is the script's error, unless it has one already."""
    try:
        return claim, open_figures(max_result - len(claim[2]))
    except TooLarge:
        return (RESULT_TOO_LARGE, 0, b"", b""), b""
    except BaseException as raised:
        return (claim if claim[0] != RETURNED else _claim_of_error(FUNCTION, raised, False)), b""


def execute(
    dialect: int, source: bytes, max_result: int, images: bool = False
) -> tuple[int, int, bytes, bytes, bytes]:
    """Runs the script and returns the fields of its claim. Raises nothing; to be called once in a
    process, but for rehearsals.

    `source` is UTF-8; `max_result` is the limit, in bytes, of the result's JSON text and of the
    images, which are the open plots if asked for.
    """
    try:
        claim, figures = _run(dialect, source, max_result, images, getpid())
        return (*claim, figures)
    except BaseException as fault:
        # An exception from outside (a signal handler of the script's, a thread) hit the harness
        # itself, or there was no memory left to answer with.
        _reserve.clear()
        if issubclass(type(fault), MemoryError):
            return (MEMORY_ERROR, 0, b"MemoryError", b"", b"")
        return (EXCEPTION, 0, *report(fault, _OWN_FILES, False), b"")


_OWN_FILES = frozenset(f.__code__.co_filename for f in (execute, encode, report, can_bind_main, open_figures))


# --- Before the script ---------------------------------------------------------------------------

# What fresh_process() does, in order; preload() adds to it.
_refreshers: list[Any] = [threading.main_thread()._set_native_id]


def forget_named_semaphores() -> None:
    """Has Python say in its own words that there are none: without a /dev/shm of a run's own,
    sem_open(3) has no place that is not shared with other runs. Call in the zygote, first: Python
    takes it for a build without them, and multiprocessing tells so instead of a PermissionError."""
    multiprocessing = import_module("_multiprocessing")
    for name in ("SemLock", "sem_unlink"):
        delattr(multiprocessing, name)


def preload(names: list[str]) -> None:
    """Imports the modules that workers are to find ready. Call once, in the zygote.

    Raises ImportError naming the module that cannot be imported, and RuntimeError when one of them
    has started a thread: a clone would not have it, and might wait for it for ever.
    """
    for name in names:
        try:
            import_module(name)
        except Exception as error:
            raise ImportError(f"cannot import {name}: {type(error).__name__}: {error}") from error
    if threading.active_count() != 1:
        raise RuntimeError(f"importing {', '.join(names)} started a thread")
    _refreshers.extend(reseeders())
    # What failures need is imported and specialised here, once; workers rehearse success only.
    for script in _FAILING_SCRIPTS * 3:
        _rehearse(script)


def fresh_process() -> None:
    """Does by hand what a clone needs of Python's after-fork hooks. Call once, first, in a worker.

    What a single-threaded zygote that took no locks does not need is left out; so is everything
    that a module does for itself by looking at its process id.
    """
    for refresh in _refreshers:
        refresh()


def move_home(home: str, temporary: str) -> None:
    """Gives this process its own home and temporary directory. Call at most once, in a worker."""
    os.environ["HOME"] = home
    os.environ["TMPDIR"] = temporary


_WARM_SCRIPT = b"import sys\ndef main():\n    return {'warm': [1, 2.5, 'text', None, True]}\n"
_FAILING_SCRIPTS = (
    b"def main():\n    return 1 / 0\n",
    b"def main():\n    return {'rows': [{1, 2}]}\n",
    b"main = 1\nraise OSError(2, 'No such file')\n",
    b"def main(:\n",
    b"1\n",
)


def warm_up(source: bytes = b"") -> None:
    """Runs a script down the whole path, and leaves no trace of it but touched memory.

    Without a source it is a trivial one. What another imports for the first time, or prints, stays.
    """
    _rehearse(source or _WARM_SCRIPT)
    # What a script's print() goes through, but into memory.
    print("warm", 1, file=io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True))


def _rehearse(source: bytes) -> None:
    """Executes it in earnest, for only the real path warms the real path, and takes all back."""
    argv, path = sys.argv, list(sys.path)
    mask = _block_signals(_SIG_BLOCK, ())
    execute(FUNCTION, source, 1 << 20)
    module = sys.modules.pop("script", None)
    if module is not None:
        # Functions hold their module: a cycle that would be the script's to collect.
        module.__dict__.clear()
    hide_script()
    sys.argv = argv
    sys.path[:] = path
    _block_signals(signal.SIG_SETMASK, mask)
