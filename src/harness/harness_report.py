"""Exceptions as the text that Python prints for them, no matter what the script has done to Python.

The work is done by the standard library's traceback module: by a copy of it that only this file
knows, whose imports and builtins were bound before any script ran. Where an exception defeats even
that (a property that raises, a metaclass that lies), plainer words are found. Knows nothing of
claims, and cannot raise: every entry ends in some text.
"""

import ast
import builtins
import collections.abc
import contextlib
import itertools
import linecache
import sys
import textwrap
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from io import StringIO
from io import open as open_file
from types import CodeType, SimpleNamespace, TracebackType
from typing import Any

from _executor_suggestions import marked_place, suggestion

__builtins__ = dict(vars(builtins))

SCRIPT_FILE = "script.py"
_MAX_TEXT = 64 * 1024
_MAX_DETAIL = 256 * 1024
_MAX_FRAMES = 2000
_MAX_CHAIN = 64
_MAX_LINE = 1000

_traceback_of = BaseException.__traceback__.__get__
_cause_of = BaseException.__cause__.__get__
_context_of = BaseException.__context__.__get__
_name_of = type.__dict__["__name__"].__get__
_sys_dict = vars(sys)  # the names in it are the script's to change

# How the places of errors are marked is C code's, which the traceback module differs from.
_IS_MARKED_IN_C = sys.version_info < (3, 13)

Text = tuple[bytes, bytes]  # the final line, and the whole report


# --- Source lines --------------------------------------------------------------------------------


class _Sources:
    """Stands in for linecache: the script's own lines, then what others left there, then files."""

    def __init__(self) -> None:
        self.source: str | None = None
        self.script: list[str] = []
        self.files: dict[str, list[str]] = {}

    def getline(self, filename: str, lineno: int, module_globals: Any = None) -> str:
        lines = self.script if filename == SCRIPT_FILE else self._lines(filename)
        return lines[lineno - 1][:_MAX_LINE] if 1 <= lineno <= len(lines) else ""

    def _lines(self, filename: str) -> list[str]:
        entry = _line_cache.get(filename)
        if type(entry) is tuple and len(entry) == 4:
            return entry[2]
        if filename not in self.files:
            try:
                with open_file(filename, encoding="utf-8", errors="replace") as file:
                    self.files[filename] = file.readlines()
            except (OSError, ValueError):
                self.files[filename] = []
        return self.files[filename]

    def lazycache(self, *_: Any) -> bool:
        return False

    def checkcache(self, *_: Any) -> None:
        pass

    def _getline_from_code(self, *_: Any) -> str:
        """From Python 3.13 on: a line of "<...>", which has no file."""
        return ""


_line_cache = linecache.cache
_sources = _Sources()


def split_lines(source: str) -> list[str]:
    """The lines as the compiler counts them: str.splitlines would also cut at form feeds."""
    lines = StringIO(source, None).readlines()
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    return lines


def show_script(source: str) -> None:
    """From now on tracebacks, inspect and warnings find the lines of script.py."""
    _sources.source = source
    _sources.script = split_lines(source)
    # No modification time: checkcache() then never looks for a file.
    _line_cache[SCRIPT_FILE] = (len(source), None, _sources.script, SCRIPT_FILE)


def hide_script() -> None:
    _sources.source = None
    _sources.script = []
    _line_cache.pop(SCRIPT_FILE, None)


def shown_source() -> str | None:
    return _sources.source


def line_of(filename: str, number: int) -> str:
    return _sources.getline(filename, number)


# --- The private copy of traceback ---------------------------------------------------------------


def _dedent(text: str) -> str:
    """textwrap.dedent, which traceback uses from Python 3.13 on, without the modules that a script can break."""
    lines = [line if line.strip(" \t") else "" for line in text.split("\n")]
    indented = [line for line in lines if line]
    margin = 0
    for one, other in zip(min(indented, default=""), max(indented, default="")):
        if one != other or one not in " \t":
            break
        margin += 1
    return "\n".join([line[margin:] for line in lines])


def _parse(segment: str) -> ast.Module:
    return compile(segment, "<segment>", "exec", ast.PyCF_ONLY_AST, True)


_BOUND_MODULES = {
    "ast": SimpleNamespace(**{**vars(ast), "parse": _parse}),
    "collections": SimpleNamespace(**vars(collections)),
    "contextlib": SimpleNamespace(suppress=contextlib.suppress),
    "itertools": SimpleNamespace(**vars(itertools)),
    "linecache": _sources,
    "sys": SimpleNamespace(**vars(sys)),
    "textwrap": SimpleNamespace(indent=textwrap.indent, dedent=_dedent),
}


def _import_bound(name: str, *rest: Any) -> Any:
    bound = _BOUND_MODULES.get(name.partition(".")[0])
    return bound if bound is not None else __import__(name, *rest)


def _shortened(value: Any, what: str = "exception", func: Any = str) -> str:
    """What traceback calls _safe_string, but cut before anything copies it."""
    try:
        # Slicing as str does, and so without the methods of what __str__ returned.
        return str.__getitem__(func(value), slice(_MAX_TEXT))
    except BaseException:
        return f"<{what} {func.__name__}() failed>"


def _private_traceback() -> dict[str, Any]:
    spec = find_spec("traceback")
    own: dict[str, Any] = {
        "__name__": "traceback",
        "__builtins__": {**__builtins__, "__import__": _import_bound},  # type: ignore[arg-type]
    }
    exec(spec.loader.get_code("traceback"), own)
    own["_safe_string"] = _shortened
    # In a deep recursion every frame asks for the same segment.
    segment = "_extract_caret_anchors_from_line_segment"
    if segment in own:
        own[segment] = lru_cache(64)(own[segment])
    return own


_traceback = _private_traceback()


class _Report(_traceback["TracebackException"]):  # type: ignore[name-defined]
    """Shows the script's classes without a module, as they are shown when it runs as a program."""

    displayed = False  # by a hook that is written in C

    def __init__(self, kind: type, error: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(kind, error, *args, **kwargs)
        self.plain = self._str  # type: ignore[has-type]
        self._str = self.plain + suggestion(error)

    def format_exception_only(self, *args: Any, **kwargs: Any) -> Any:
        for line in super().format_exception_only(*args, **kwargs):
            yield line.removeprefix("script.")

    def _format_syntax_error(self, kind: str, **options: Any) -> Any:
        """The options are of Python 3.13.5 and newer: whether in colours."""
        if not self.displayed:
            yield from super()._format_syntax_error(kind, **options)
        elif self.lineno is None:
            yield f"{kind}: {self._str}\n"
        else:
            yield marked_place(self)
            yield f"{kind}: {self.msg}\n"

    def with_others(self) -> Iterator["_Report"]:
        """This one and those of all causes, contexts and members of groups."""
        waiting: list[Any] = [self]
        while waiting:
            report = waiting.pop()
            if report is not None:
                yield report
                waiting += [report.__cause__, report.__context__, *(report.exceptions or ())]

    def final_line(self) -> str:
        """Type and message, without the notes that may follow and what precedes a SyntaxError."""
        notes, shown = self.__notes__, self._str  # type: ignore[has-type]
        self.__notes__, self._str = None, self.plain
        line = list(self.format_exception_only())[-1]
        self.__notes__, self._str = notes, shown
        return line.removesuffix("\n")


# It makes those of causes, contexts and groups by this name.
_traceback["TracebackException"] = _Report


# --- Reports -------------------------------------------------------------------------------------


def report(error: BaseException, own_files: frozenset[str], awaited: bool, wrapper: CodeType | None = None) -> Text:
    """Describes an uncaught exception, without the frames that led to the script.

    `own_files` are the harness's file names; `awaited` says that asyncio's frames are the harness's
    doing too, `wrapper` is the code of a coroutine that is.
    """
    try:
        frames = _script_frames(_traceback_of(error), own_files, awaited, wrapper)
        _cut_chain(error)
        limit = _most_frames()
        if limit == 0:
            frames = None
            _forget_frames(error)
        full = _Report(type(error), error, frames, compact=True, limit=-limit if limit else None)
        return _capped(full.final_line(), _MAX_TEXT), _capped_detail("".join(full.format()))
    except BaseException:
        pass
    try:
        return _plain_report(error, own_files)
    except BaseException:
        return b"Exception", b""


def _script_frames(
    frames: TracebackType | None, own_files: frozenset[str], awaited: bool, wrapper: CodeType | None = None
) -> TracebackType | None:
    while frames is not None and frames.tb_frame.f_code.co_filename in own_files:
        frames = frames.tb_next
    if awaited:
        frames = _awaited_frames(frames, wrapper)
    return _without_middle(frames)


def _awaited_frames(frames: TracebackType | None, wrapper: CodeType | None) -> TracebackType | None:
    entry, rest = frames, frames
    while entry is not None:
        if entry.tb_frame.f_code is wrapper:
            rest = entry.tb_next
        elif entry.tb_frame.f_code.co_filename == SCRIPT_FILE:
            return entry
        entry = entry.tb_next
    return rest


def _without_middle(frames: TracebackType | None) -> TracebackType | None:
    """Bounds what a script with a huge recursion limit can make us print."""
    entries = []
    entry = frames
    while entry is not None:
        entries.append(entry)
        entry = entry.tb_next
    if len(entries) > _MAX_FRAMES:
        entries[_MAX_FRAMES // 2].tb_next = entries[-_MAX_FRAMES // 2]
    return frames


def _most_frames() -> int | None:
    """sys.tracebacklimit, which counts from the innermost frame."""
    limit = _sys_dict.get("tracebacklimit")
    return max(0, min(limit, _MAX_FRAMES)) if type(limit) is int else None


def _forget_frames(error: BaseException) -> None:
    for _ in range(_MAX_CHAIN):
        BaseException.__traceback__.__set__(error, None)
        error = _cause_of(error) or _context_of(error)
        if error is None:
            return


def display(error: BaseException, trace: TracebackType | None) -> str:
    """What Python prints of an exception. Raises TypeError when it is none, and what its methods raise."""
    if not issubclass(type(error), BaseException):
        raise TypeError
    limit = _most_frames()
    frames = _traceback_of(error) or trace
    if limit == 0:
        frames = None
        _forget_frames(error)
    report = _Report(type(error), error, frames, compact=True, limit=-limit if limit else None)
    for each in report.with_others():
        each.displayed = True
    return "".join(report.format())


def trace_text(trace: TracebackType) -> str:
    """The frames of an exception, with their heading, as C code prints them: from Python 3.13 on it marks no places."""
    if _IS_MARKED_IN_C:
        lines = _traceback["format_tb"](trace)
    else:
        lines = _traceback["StackSummary"].extract(_traceback["walk_tb"](trace)).format()
    return "Traceback (most recent call last):\n" + "".join(lines)


def _cut_chain(error: BaseException) -> None:
    for _ in range(_MAX_CHAIN):
        error = _cause_of(error) or _context_of(error)
        if error is None:
            return
    BaseException.__cause__.__set__(error, None)
    BaseException.__context__.__set__(error, None)


def _plain_report(error: BaseException, own_files: frozenset[str]) -> Text:
    name = _name_of(type(error))
    message = _shortened(error)
    text = f"{name}: {message}" if message else name
    lines = ["Traceback (most recent call last):\n"]
    entry = _script_frames(_traceback_of(error), own_files, False)
    while entry is not None and len(lines) < _MAX_FRAMES:
        code = entry.tb_frame.f_code
        lines.append(f'  File "{code.co_filename}", line {entry.tb_lineno}, in {code.co_name}\n')
        entry = entry.tb_next
    return _capped(text, _MAX_TEXT), _capped_detail("".join(lines) + text + "\n")


def syntax_report(error: Exception, source: str) -> Text:
    """Describes what compile() raised for the script."""
    if type(error) is MemoryError or type(error) is RecursionError:
        return _syntax_text("the script is nested too deeply, or too large, to be compiled")
    if not issubclass(type(error), SyntaxError):
        return _syntax_text(str(error))
    line = error.lineno or 0
    lines = split_lines(source)
    if error.text is None and 1 <= line <= len(lines):
        error.text = lines[line - 1]  # the compiler proper looks for it in a file
    _crop(error)
    report = _Report(type(error), error, None)
    report.displayed = _IS_MARKED_IN_C
    detail = "".join(report.format_exception_only())
    where = f" (line {line})" if line else ""
    return _capped(f"{type(error).__name__}: {error.msg}{where}", _MAX_TEXT), _capped_detail(detail)


def null_byte_report(source: str) -> Text:
    line = source.count("\n", 0, source.index("\0")) + 1
    return _syntax_text(f"source code cannot contain null bytes (line {line})")


def encoding_report(error: UnicodeDecodeError) -> Text:
    line = error.object.count(b"\n", 0, error.start) + 1
    return _syntax_text(f"the script is not valid UTF-8 (line {line})")


def _syntax_text(message: str) -> Text:
    text = f"SyntaxError: {message}"
    return _capped(text, _MAX_TEXT), _capped_detail(text + "\n")


def _crop(error: Any) -> None:
    """Leaves a window of a very long line, with the caret where it was."""
    text, offset = error.text, error.offset
    if text is None or len(text) <= _MAX_LINE:
        return
    offset = offset or 1
    start = max(0, offset - _MAX_LINE // 2)
    error.text = text[start : start + _MAX_LINE]
    error.offset = offset - start
    error.end_offset = None


# --- Sizes ---------------------------------------------------------------------------------------


def _capped(text: str, limit: int) -> bytes:
    """UTF-8 of at most `limit` bytes, cut between characters; a lone surrogate becomes \\udXXX."""
    data = text[:limit].encode("utf-8", "backslashreplace")
    if len(data) > limit:
        while data[limit] & 0xC0 == 0x80:
            limit -= 1
        data = data[:limit]
    return data


def _capped_detail(text: str) -> bytes:
    """Cuts in the middle: a traceback begins with its origin and ends with its message."""
    data = text.encode("utf-8", "backslashreplace")
    if len(data) <= _MAX_DETAIL:
        return data
    half = _MAX_DETAIL // 2 - 8
    tail = data[-half:]
    while tail[0] & 0xC0 == 0x80:
        tail = tail[1:]
    return _capped(text, half) + b"\n[...]\n" + tail
