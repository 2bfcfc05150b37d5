"""The Python side of a worker: runs one script and says how it ended.

Who calls: the zygote loads the harness files (this one last), calls preload(), rehearses, and freezes
the heap. Each worker is a clone of it, without Python's after-fork hooks; it calls fresh_process(),
rehearses again while it waits, and runs its job: begin(), then the script, then end(), whose answer
becomes the claim (wire/claim.h).

The script itself is evaluated, and its main() called, from C++ (runner/script.cc): there is no
frame of ours below its own.

The script shares this process, so nothing here is a wall against it: the responder treats the
claim as untrusted. What is promised is less and worth having: a script that patches json, builtins,
sys or traceback, that raises hostile exceptions or exhausts the stack or the memory, still gets the
answer that its run deserves. So everything needed after the script began is bound here at import,
`__builtins__` included: functions take their builtins from their module.
"""

import atexit
import builtins
import io
import json
import os
import sys
import threading
import time
from os import _exit, getcwd, getpid
from signal import SIGINT
from types import CodeType
from typing import Any

from _executor_evidence import has_full_scratch, was_refused_memory
from _executor_files import write_out
from _executor_hints import FIGURES, hint_of_arguments, hint_of_error, hint_of_refused
from _executor_images import Attachment, are_figures_open, figures, save_png, watch_shows
from _executor_paths import start_in
from _executor_report import hide_script, report
from _executor_result import Refused, TooLarge, encode
from _executor_script import MAIN_NAMES, can_bind_main, compiled, install, new_module

# What the zygote and fresh workers call, found here by the runner.
from _executor_fresh import (  # noqa: F401
    fresh_process,
    move_home,
    preload,
    without_shared_directories,
)

__builtins__ = dict(vars(builtins))

# Dialect in wire/dialect.h.
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
RAISED_MEMORY_ERROR = 11

# AttachmentKind in wire/claim.h; that of images is theirs (harness_images.py).
_LAST_VALUE = 1
_HINT = 4

_MAX_DETAIL = 256 << 10

# (kind, status, text, detail), the fields of Claim but for its attachments.
Claim = tuple[int, int, bytes, bytes]


# --- Endings -------------------------------------------------------------------------------------

_traceback_of = BaseException.__traceback__.__get__
_context_of = BaseException.__context__.__get__
_decode_json = json.JSONDecoder().decode
_join_threads = threading._shutdown
_run_exit_functions = atexit._run_exitfuncs
_own_streams = (sys.stdout, sys.stderr)

# Given up when memory has run out, so that there is some to judge and to answer with. Only address space: bytes()
# takes pages that the kernel has cleared, and touches none, where bytearray() would write to each of them, and every
# clone would have to map them all.
_reserve = [bytes(4 << 20)]


def _claim_of_error(dialect: int, error: BaseException, awaited: bool) -> Claim:
    kind = type(error)
    if dialect == PROGRAM and issubclass(kind, SystemExit):
        _job.hint = hint_of_error(error, False, False, _job.has_argv)
        return _claim_of_exit(error)
    if issubclass(kind, MemoryError):
        _reserve.clear()
        refused = was_refused_memory(error)
        _free_memory(error)
        ending = MEMORY_ERROR if refused else RAISED_MEMORY_ERROR
    else:
        full = issubclass(kind, OSError) and has_full_scratch(error)
        ending = FILE_ERROR if full else EXCEPTION
        _job.hint = hint_of_error(error, dialect == FUNCTION, _job.has_arguments, _job.has_argv)
    # Python ends as the signal would have ended it.
    signal = int(SIGINT) if issubclass(kind, KeyboardInterrupt) else 0
    return (ending, signal, *report(error, _OWN_FILES, awaited))


def _claim_of_exit(error: Any) -> Claim:
    """Reads the exit code as Python does: nothing, a status, or a message for stderr."""
    try:
        code = error.code
    except Exception:
        code = None
    if code is None:
        return (RETURNED, 0, b"", b"")
    if issubclass(type(code), int):
        # What does not fit a C long is -1 there.
        fits = int.__ge__(code, -1 << 63) and int.__lt__(code, 1 << 63)
        status = int.__and__(code, 0xFF) if fits else 0xFF
        return (SYSTEM_EXIT if status else RETURNED, status, b"", b"")
    try:
        message = str.__getitem__(str(code), slice(1 << 16)).encode("utf-8", "backslashreplace")
    except BaseException:
        message = b""
    return (SYSTEM_EXIT, 1, b"", message + b"\n")


def _free_memory(error: BaseException) -> None:
    """Releases what the script's frames hold. Destructors may then run the script's code."""
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
        what, *value = refused.args
        if value:
            _job.hint = hint_of_refused(*value)
        text = f"main() must return JSON-serializable data: {what}"
        return (INVALID_RESULT, 0, text.encode("utf-8", "backslashreplace"), b"")


def _shut_down() -> None:
    """What Python does at exit, as far as the script can see: joins its threads, runs atexit."""
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


def _leave_forked_child(claim: Claim) -> None:
    """A child that the script forked has run off its end: it exits, and answers nothing."""
    kind, status, text, detail = claim
    try:
        os.write(2, detail)
    except BaseException:
        pass
    _shut_down()
    _flush()
    _exit(status if kind in (RETURNED, SYSTEM_EXIT) else 1)


def _with_hook(claim: Claim, hook_error: BaseException | None) -> Claim:
    """The claim for an exception with which the script's own hook was called: the hook decides what
    is shown of it, unless the hook fails."""
    kind, status, text, detail = claim
    if hook_error is None or issubclass(type(hook_error), SystemExit):
        return (kind, status, text, b"")
    hook_detail = report(hook_error, _OWN_FILES, False)[1]
    both = b"Error in sys.excepthook:\n%b\nOriginal exception was:\n%b" % (hook_detail, detail)
    return (kind, status, text, both[-_MAX_DETAIL:])


# --- The run -------------------------------------------------------------------------------------

# What to run: code, its namespace, main()'s arguments, which a program does not have, and a last
# expression, whose value is wanted.
Runnable = tuple[CodeType, dict[str, Any], tuple | None, dict[str, Any] | None, CodeType | None]


class _Job:
    """What begin() keeps for end()."""

    __slots__ = """
        dialect max_result images last_value outputs has_arguments has_argv names process refusal hint
    """.split()


_job = _Job()


def begin(
    *,
    dialect: int,
    source: bytes,
    max_result: int,
    images: bool = False,
    last_value: bool = False,
    arguments: bytes = b"",
    variables: bytes = b"",
    argv: list[str] | tuple = (),
    env: dict[str, str] | None = None,
    outputs: bool = False,
) -> Runnable | None:
    """Takes a job, whose members are the keywords (Job in wire/job.h). Returns what is to be run, or
    None if there is nothing; end() is to be called in both cases. Raises nothing; to be called once
    in a process, but for rehearsals.

    `source`, `arguments` and `variables` are UTF-8; `max_result` is the limit, in bytes, of the result's JSON text
    with the images, and of the last value's text.
    """
    _job.dialect, _job.max_result = dialect, max_result
    _job.images, _job.last_value, _job.outputs, _job.names = images, last_value, outputs, {}
    _job.has_arguments, _job.has_argv = bool(arguments), bool(argv)
    _job.process, _job.refusal, _job.hint = getpid(), None, b""
    try:
        runnable = _runnable(source, arguments, variables, argv)
        if env:
            os.environ.update(env)
            if "TZ" in env:
                time.tzset()  # the C library has read it already
        return runnable
    except BaseException as fault:
        _job.hint = hint_of_arguments(fault)
        _job.refusal = _claim_of_fault(fault)
        return None


def _runnable(source: bytes, arguments: bytes, variables: bytes, argv: list[str] | tuple) -> Runnable | None:
    text, code, last, why_not, _job.hint = compiled(source, _job.last_value)
    if code is None:
        _job.refusal = (SYNTAX_ERROR, 0, *why_not)
        return None
    if _job.dialect == FUNCTION and not can_bind_main(code):
        _job.refusal = (MISSING_MAIN, 0, b"", b"")
        return None
    module = new_module("script" if _job.dialect == FUNCTION else "__main__", text)
    _job.names = module.__dict__
    directory = _working_directory()
    start_in(directory)
    install(module, argv, directory)
    if _job.images:
        watch_shows()
    if variables:
        module.__dict__.update(_decode_json(variables.decode()))
    if _job.dialect == PROGRAM:
        return code, module.__dict__, None, None, last
    return code, module.__dict__, *(_parsed(arguments) if arguments else ((), {})), last


def _working_directory() -> str:
    try:
        return getcwd()
    except OSError:
        return ""  # as Python has it in sys.path where there is none


def _parsed(arguments: bytes) -> tuple[tuple, dict]:
    """What main() is called with: positional arguments of an array, named ones of an object."""
    value = _decode_json(arguments.decode())
    return ((), value) if type(value) is dict else (tuple(value), {})


async def awaited(value: Any) -> Any:
    """Makes a coroutine, which asyncio.run() asks for, of any other awaitable."""
    return await value


def end(
    error: BaseException | None,
    value: Any,
    has_main: bool,
    awaited: bool,
    hooked: bool,
    hook_error: BaseException | None,
) -> tuple[int, int, bytes, bytes, list[Attachment]]:
    """Says how the run that begin() began has ended: the fields of its claim. Raises nothing.

    `error` is what the script raised; `hooked` says that its own sys.excepthook has been called
    with that, `hook_error` is what this raised. `awaited` says that main() was a coroutine.
    """
    try:
        claim = _job.refusal
        if claim is None:
            claim = _ended(error, value, has_main, awaited)
        if hooked:
            claim = _with_hook(claim, hook_error)
        if getpid() != _job.process:
            _leave_forked_child(claim)
        attachments: list[Attachment] = []
        if _job.images and _job.refusal is None:
            claim, attachments = _with_figures(claim)
        if _job.last_value and claim[0] == RETURNED and value is not None:
            claim, shown = _with_last_value(claim, value)
            attachments += shown
        attachments += _hints(claim)  # before matplotlib, at exit, closes its figures
        if _job.dialect == PROGRAM:
            _shut_down()
        _flush()
        write_out(_job.names, _job.outputs)
        return (*claim, attachments)  # type: ignore[return-value]
    except BaseException as fault:
        return (*_claim_of_fault(fault), [])


def _ended(error: BaseException | None, value: Any, has_main: bool, awaited: bool) -> Claim:
    if not has_main:
        return (NO_CALLABLE_MAIN, 0, b"", b"")
    is_own = getpid() == _job.process
    if error is None and _job.dialect == FUNCTION and is_own:
        try:
            return _claim_of_value(value, _job.max_result)
        except BaseException as raised:
            error = raised
    if error is None:
        return (RETURNED, 0, b"", b"")
    # A child that the script has forked ends as any process does.
    return _claim_of_error(_job.dialect if is_own else PROGRAM, error, awaited)


def _hints(claim: Claim) -> list[Attachment]:
    """At most one. A run that went well has that of figures that were left open and not asked for."""
    hint = _job.hint
    if claim[0] == RETURNED:
        hint = FIGURES if not _job.images and are_figures_open() else b""
    return [(_HINT, b"", hint)] if hint else []


def _with_figures(claim: Claim) -> tuple[Claim, list[Attachment]]:
    """What cannot be drawn is the script's error, unless it has one already."""
    try:
        return claim, figures(_job.max_result - len(claim[2]))
    except TooLarge:
        return (RESULT_TOO_LARGE, 0, b"", b""), []
    except BaseException as raised:
        return (claim if claim[0] != RETURNED else _claim_of_error(FUNCTION, raised, False)), []


def _with_last_value(claim: Claim, value: Any) -> tuple[Claim, list[Attachment]]:
    """Its repr() is the script's code: what that raises is the script's error."""
    try:
        text = repr(value).encode("utf-8", "backslashreplace")
    except BaseException as raised:
        return _claim_of_error(PROGRAM, raised, False), []
    if len(text) > _job.max_result:
        return (RESULT_TOO_LARGE, 0, b"", b""), []
    return claim, [(_LAST_VALUE, b"", text)]


def _claim_of_fault(fault: BaseException) -> Claim:
    """An exception from outside (a signal handler of the script's, a thread) hit the harness itself,
    or there was no memory left to answer with."""
    _reserve.clear()
    if issubclass(type(fault), MemoryError):
        return (MEMORY_ERROR, 0, b"MemoryError", b"")
    return (EXCEPTION, 0, *report(fault, _OWN_FILES, False))


_OWN_FILES = frozenset(f.__code__.co_filename for f in (end, encode, report, can_bind_main, figures, save_png))


# --- Rehearsals ----------------------------------------------------------------------------------

_WARM_SCRIPT = b"import sys\ndef main():\n    return {'warm': [1, 2.5, 'text', None, True]}\n"
_before: list[Any] = []


def begin_rehearsal(source: bytes) -> Runnable | None:
    """Begins a real run, because only the real path warms the real path. Without a source it is a
    trivial script's. After end(), end_rehearsal() takes all back; what a script imports for the
    first time, or prints, stays."""
    _before[:] = (sys.argv, sys.orig_argv, list(sys.path), [sys.modules.get(name) for name in MAIN_NAMES])
    # What a script's print() goes through: with text into memory, to its end without any.
    print("warm", 1, file=io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True))
    print(end="")
    return begin(dialect=FUNCTION, source=source or _WARM_SCRIPT, max_result=1 << 20)


def end_rehearsal() -> None:
    module = sys.modules.pop("script", None)
    if module is not None:
        # Functions hold their module: a cycle that would be the script's to collect.
        module.__dict__.clear()
    hide_script()
    sys.argv, sys.orig_argv, sys.path[:], modules = _before
    sys.modules.update(zip(MAIN_NAMES, modules))
    _before.clear()
