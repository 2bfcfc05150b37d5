"""The Python side of a worker: runs one script and says how it ended.

Who calls: the zygote loads the harness files (this one last), calls preload(), rehearses, and freezes
the heap. Each worker is a clone of it, without Python's after-fork hooks; it calls fresh_process(),
rehearses again while it waits, and runs its job: begin(), then the script, then end(), whose answer
becomes the claim (wire/claim.h), and leave().

The script itself is evaluated, its main() called, its threads joined and its exit functions run from C++
(runner/script.cc): there is no frame of ours below its own.

The script shares this process, so nothing here is a wall against it: the responder treats the
claim as untrusted. What is promised is less and worth having: a script that patches json, builtins,
sys or traceback, that raises hostile exceptions or exhausts the stack or the memory, still gets the
answer that its run deserves. So everything needed after the script began is bound here at import,
`__builtins__` included: functions take their builtins from their module.
"""

import builtins
import io
import json
import os
import sys
import time
from os import getcwd, getpid
from signal import SIGINT
from types import CodeType, FunctionType
from typing import Any

from _executor_evidence import free_memory, has_full_scratch, was_refused_memory
from _executor_exit import INTERRUPTED, exit_status, flush, has_more_work, has_own_stderr
from _executor_exit import leave as leave_process
from _executor_exit import printed, work_left, write_to_stderr
from _executor_files import write_out
from _executor_hints import FIGURES, hint_of_arguments, hint_of_error, hint_of_refused
from _executor_images import Attachment, are_figures_open, figures, save_png, watch_shows
from _executor_paths import start_in
from _executor_shadowed import forget_shadowed
from _executor_report import SCRIPT_FILE, hide_script, report
from _executor_result import Refused, TooLarge, encode
from _executor_script import MAIN_NAMES, can_bind_main, compiled, compiled_preamble, fitted, install, new_module

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

_decode_json = json.JSONDecoder().decode

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
        free_memory(error)
        ending = MEMORY_ERROR if refused else RAISED_MEMORY_ERROR
    else:
        full = issubclass(kind, OSError) and has_full_scratch(error)
        ending = FILE_ERROR if full else EXCEPTION
        _job.hint = hint_of_error(error, dialect == FUNCTION, _job.has_arguments, _job.has_argv)
    # Python ends as the signal would have ended it.
    signal = int(SIGINT) if issubclass(kind, KeyboardInterrupt) else 0
    return (ending, signal, *report(error, _OWN_FILES, awaited, _job.wrapper))


def _claim_of_exit(error: Any) -> Claim:
    status, message = exit_status(error)
    return (SYSTEM_EXIT if status else RETURNED, status, b"", message)


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


def _with_hook(claim: Claim, hook_error: BaseException | None) -> Claim:
    """The claim for an exception with which the script's own hook was called: the hook decides what
    is shown of it, unless the hook fails."""
    kind, status, text, detail = claim
    if hook_error is None:
        return (kind, status, text, b"")
    if issubclass(type(hook_error), SystemExit):
        return (kind, status, text, exit_status(hook_error)[1])
    hook_detail = report(hook_error, _OWN_FILES, False)[1]
    both = b"Error in sys.excepthook:\n%b\nOriginal exception was:\n%b" % (hook_detail, detail)
    return (kind, status, text, both[-_MAX_DETAIL:])


def _printed(claim: Claim) -> Claim:
    """Has printed what Python prints at the end of a program: to a stream of the script's, before what else is
    printed at the end, or by a forked child, which claims nothing. What is left travels in the claim."""
    kind, status, text, detail = claim
    is_child = getpid() != _job.process
    if not detail or not (is_child or has_own_stderr() or has_more_work(_job.work)):
        return claim
    if printed(detail):
        detail = b""
    elif is_child:
        write_to_stderr(detail)
    return (kind, status, text, detail)


# --- The run -------------------------------------------------------------------------------------

# What to run: code, its namespace, main()'s arguments, which a program does not have, a last
# expression, whose value is wanted, what runs before, and what fits the arguments to main().
Runnable = tuple[CodeType, dict[str, Any], tuple | None, dict[str, Any] | None, CodeType | None, CodeType | None, Any]


class _Job:
    """What begin() keeps for end()."""

    __slots__ = """
        dialect max_result images last_value has_arguments has_argv names process refusal hint
        wrapper work status
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
    files: bool = False,
    fit: bool = False,
    preamble: bytes = b"",
) -> Runnable | None:
    """Takes a job, whose members are the keywords (Job in wire/job.h). Returns what is to be run, or
    None if there is nothing; end() is to be called in both cases. Raises nothing; to be called once
    in a process, but for rehearsals.

    `source`, `arguments`, `variables` and `preamble` are UTF-8; `files` says that the working directory has some;
    `max_result` is the limit, in bytes, of the result's JSON text
    with the images, and of the last value's text.
    """
    _job.dialect, _job.max_result = dialect, max_result
    _job.images, _job.last_value, _job.names = images, last_value, {}
    _job.has_arguments, _job.has_argv = bool(arguments), bool(argv)
    _job.process, _job.refusal, _job.hint = getpid(), None, b""
    _job.wrapper, _job.work, _job.status = None, work_left(), 1
    try:
        if files:
            forget_shadowed(getcwd())
        runnable = _runnable(source, arguments, variables, argv, preamble, fitted if fit else None)
        if env:
            os.environ.update(env)
            if "TZ" in env:
                time.tzset()  # the C library has read it already
        return runnable
    except BaseException as fault:
        _job.hint = hint_of_arguments(fault)
        _job.refusal = _claim_of_fault(fault)
        return None


def _runnable(
    source: bytes, arguments: bytes, variables: bytes, argv: list[str] | tuple, preamble: bytes, fit: Any
) -> Runnable | None:
    text, code, last, why_not, _job.hint = compiled(source, _job.last_value)
    if code is None:
        _job.refusal = (SYNTAX_ERROR, 0, *why_not)
        return None
    if _job.dialect == FUNCTION and not can_bind_main(code):
        _job.refusal = (MISSING_MAIN, 0, b"", b"")
        return None
    before = None
    if preamble:
        before, why_not = compiled_preamble(preamble)
        if before is None:
            _job.refusal = (SYNTAX_ERROR, 0, *why_not)
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
        return code, module.__dict__, None, None, last, before, None
    return code, module.__dict__, *(_parsed(arguments) if arguments else ((), {})), last, before, fit


def _working_directory() -> str:
    try:
        return getcwd()
    except OSError:
        return ""  # as Python has it in sys.path where there is none


def _parsed(arguments: bytes) -> tuple[tuple, dict]:
    """What main() is called with: positional arguments of an array, named ones of an object."""
    value = _decode_json(arguments.decode())
    return ((), value) if type(value) is dict else (tuple(value), {})


_WRAPPER = next(
    const
    for const in compile("async def main(value): return await value", SCRIPT_FILE, "exec").co_consts
    if type(const) is CodeType
)


def awaited(value: Any) -> Any:
    """Makes a coroutine, which asyncio.run() asks for, of any other awaitable: as if main() had been one."""
    main = _job.names.get("main")
    line = main.__code__.co_firstlineno if type(main) is FunctionType else 1
    _job.wrapper = _WRAPPER.replace(co_firstlineno=line)
    return FunctionType(_job.wrapper, {})(value)


def end(
    error: BaseException | None,
    value: Any,
    has_main: bool,
    awaited: bool,
    hooked: bool,
    hook_error: BaseException | None,
) -> tuple[tuple[int, int, bytes, bytes, list[Attachment]], bool]:
    """Says how the run that begin() began has ended: the fields of its claim, and whether this process now joins its
    threads and runs its exit functions. Then leave() is to be called. Raises nothing.

    `error` is what the script raised; `value` what main() returned, or the repr() of the last expression's; `hooked`
    says that its own sys.excepthook has been called with the error, `hook_error` is what this raised. `awaited` says
    that main() was a coroutine.
    """
    try:
        claim = _job.refusal
        if claim is None:
            claim = _ended(error, value, has_main, awaited)
        if hooked:
            claim = _with_hook(claim, hook_error)
        _job.status = _exit_status(claim)
        is_own = getpid() == _job.process
        attachments: list[Attachment] = []
        if is_own and _job.images and _job.refusal is None:
            claim, attachments = _with_figures(claim)
        if is_own and _job.last_value and claim[0] == RETURNED and value is not None:
            claim, shown = _with_last_value(claim, value)
            attachments += shown
        attachments += _hints(claim)  # before matplotlib, at exit, closes its figures
        shuts_down = _job.refusal is None and (_job.dialect == PROGRAM or not is_own)
        if shuts_down:
            claim = _printed(claim)
        return (*claim, attachments), shuts_down  # type: ignore[return-value]
    except BaseException as fault:
        return (*_claim_of_fault(fault), []), False


def _exit_status(claim: Claim) -> int:
    """Of a child that the script has forked."""
    kind, status, _, _ = claim
    if kind == EXCEPTION and status:
        return INTERRUPTED
    return status if kind in (RETURNED, SYSTEM_EXIT) else 1


def leave() -> None:
    """The last: writes out what is in buffers. A child that the script has forked exits, and claims nothing. Raises
    nothing."""
    try:
        flush()
        is_child = getpid() != _job.process
        write_out(is_child)
        if is_child:
            leave_process(_job.status)
    except BaseException:
        pass


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


def _with_last_value(claim: Claim, value: str) -> tuple[Claim, list[Attachment]]:
    text = str.encode(value, "utf-8", "backslashreplace")
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
