"""Whether a limit caused an uncaught error, or the script raised it itself.

The kernel keeps no record of what it refused, so it is read off the error: one that C code raised
was born at an instruction of the innermost frame that is no `raise`. What a script forges here
concerns its own answer only.
"""

import builtins
import os
from errno import EDQUOT, EFBIG, ENOSPC
from opcode import opmap
from types import TracebackType

from _executor_calls import LIBRARIES
from _executor_report import SCRIPT_FILE

__builtins__ = dict(vars(builtins))

_errno_of = OSError.errno.__get__
_traceback_of = BaseException.__traceback__.__get__
_cause_of = BaseException.__cause__.__get__
_context_of = BaseException.__context__.__get__
_statvfs = os.statvfs
_environ_get = os.environ.get
_RAISES = frozenset(opmap[name] for name in ("RAISE_VARARGS", "RERAISE"))
_MAX_CHAIN = 64


def was_refused_memory(error: BaseException) -> bool:
    """Whether a MemoryError, or one that it followed on, says that memory was refused."""
    for _ in range(_MAX_CHAIN):
        if issubclass(type(error), MemoryError) and not _was_raised_by_script(_traceback_of(error)):
            return True
        error = _cause_of(error) or _context_of(error)
        if error is None:
            break
    return False


def free_memory(error: BaseException) -> None:
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


def has_full_scratch(error: BaseException) -> bool:
    """Whether an OSError says that a file is at its limit, or that there is no space for another.

    What else is used up has the same number: watches of epoll, for one. So there must be no space
    now; a script that has removed its files on the way here ends with its own exception.
    """
    number = _errno_of(error)
    if number == EFBIG and not _was_raised_by_script(_traceback_of(error)):
        return True  # the limit on a file's size has no other
    return number in (EFBIG, ENOSPC, EDQUOT) and _is_scratch_full()


def _innermost(entry: TracebackType | None) -> TracebackType | None:
    while entry is not None and entry.tb_next is not None:
        entry = entry.tb_next
    return entry


def _is_raise(entry: TracebackType) -> bool:
    code = entry.tb_frame.f_code.co_code
    return 0 <= entry.tb_lasti < len(code) and code[entry.tb_lasti] in _RAISES


def _was_raised_by_script(entry: TracebackType | None) -> bool:
    """A library that raises what it has caught elsewhere, in another process say, is believed."""
    origin = _innermost(entry)
    if origin is None or not _is_raise(origin):
        return False
    file = origin.tb_frame.f_code.co_filename
    return file == SCRIPT_FILE or not str.startswith(file, LIBRARIES)


def _is_scratch_full() -> bool:
    for place in {_environ_get("HOME", "."), _environ_get("TMPDIR", "/tmp"), "/dev/shm"}:
        try:
            space = _statvfs(place)
        except OSError:
            continue
        no_inodes = space.f_files and not space.f_favail  # some file systems count none
        if space.f_blocks and (not space.f_bavail or no_inodes):
            return True
    return False
