"""Where an error was raised: its innermost frame, and the call there that failed."""

import ast
import builtins
import os
import sys
from types import TracebackType
from typing import Any

from _executor_report import line_of

__builtins__ = dict(vars(builtins))

_traceback_of = BaseException.__traceback__.__get__
_MAX_LINES = 20
_LIBRARY = os.path.dirname(os.__file__)
# How the names of files begin that are no script's.
LIBRARIES = (_LIBRARY + "/", sys.prefix + "/", "<frozen ")
_AST_ONLY = ast.PyCF_ONLY_AST
_Call, _Name, _Attribute = ast.Call, ast.Name, ast.Attribute


def frames_of(error: BaseException) -> list[TracebackType]:
    """From the outermost to the innermost."""
    entries = []
    entry = _traceback_of(error)
    while entry is not None:
        entries.append(entry)
        entry = entry.tb_next
    return entries


def innermost(error: BaseException) -> TracebackType | None:
    entry = _traceback_of(error)
    while entry is not None and entry.tb_next is not None:
        entry = entry.tb_next
    return entry


def raised_in(error: BaseException, *modules: str) -> bool:
    entry = innermost(error)
    file = entry.tb_frame.f_code.co_filename if entry is not None else ""
    return any([f"/{module}" in file for module in modules])


def called(error: BaseException) -> str:
    """The last name of the function of C's that raised the error: "open" of io.open(). "" where that is not to be
    seen, as where it was a `raise`."""
    entry = innermost(error)
    try:
        function = _expression(_failed_part(entry)) if entry is not None else None
    except (SyntaxError, ValueError, IndexError):
        return ""
    if type(function) is not _Call:
        return ""
    if type(function.func) is _Name:
        return function.func.id
    return function.func.attr if type(function.func) is _Attribute else ""


def _expression(source: bytes) -> Any:
    return compile(b"(" + source + b")", "<call>", "eval", _AST_ONLY, True).body


def _failed_part(entry: TracebackType) -> bytes:
    """The source of the instruction that was being run."""
    code = entry.tb_frame.f_code
    line, last, begin, end = list(code.co_positions())[entry.tb_lasti // 2]
    if line is None or last is None or begin is None or end is None or last - line >= _MAX_LINES:
        return b""
    file = code.co_filename
    if file.startswith("<frozen "):
        file = f"{_LIBRARY}/{file[8:-1].replace('.', '/')}.py"
    lines = [line_of(file, number).encode() for number in range(line, last + 1)]
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][begin:]
    return b"".join(lines)
