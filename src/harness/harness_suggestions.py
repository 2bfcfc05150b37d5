"""What only the printing that is written in C knows of an error, so it is printed there, and read off.

Up to Python 3.11 that is the name that was probably meant; up to 3.12 how the place of a SyntaxError is marked.
"""

import builtins
import sys
import threading
from re import compile as compile_pattern
from typing import Any

__builtins__ = dict(vars(builtins))

_sys_dict = vars(sys)
_traceback_of = BaseException.__traceback__.__get__


_name_of, _attribute_of = NameError.name.__get__, AttributeError.name.__get__
_object_of = AttributeError.obj.__get__
_get_ident = threading.get_ident
_print_error = sys.__excepthook__
_SUGGESTED = compile_pattern(r": x(\. Did you mean: '[^'\n]*'\?)$")


def suggestion(error: Any) -> str:
    """Such as ". Did you mean: 'name'?", or "". From Python 3.12 on its traceback module adds it."""
    if sys.version_info >= (3, 12):
        return ""
    try:
        bare = _bare(error)
        match = _SUGGESTED.search(_printed(bare)) if bare is not None else None
        return match[1] if match else ""
    except BaseException:
        return ""


def marked_place(error: Any) -> str:
    """File, line and carets of what has the attributes of a SyntaxError with a line. Its traceback module has other
    carets where the offsets are no range of the line."""
    end = None if error.end_lineno is None else int(error.end_lineno)
    details = (error.filename, int(error.lineno), error.offset, error.text, end, error.end_offset)
    return _printed(SyntaxError("x", details)).rpartition("SyntaxError: x")[0]


def _bare(error: Any) -> BaseException | None:
    """An error of the same kind about the same name, which has nothing else."""
    if type(error) is NameError:
        bare = NameError("x", name=_name_of(error))  # type: ignore[call-arg]
        entry = _traceback_of(error)
        while entry is not None and entry.tb_next is not None:
            entry = entry.tb_next
        bare.__traceback__ = entry  # its frame has the names
        return bare
    if type(error) is AttributeError:
        return AttributeError("x", name=_attribute_of(error), obj=_object_of(error))
    return None


class _Catcher:
    """Stands in for sys.stderr while Python prints in this thread."""

    def __init__(self, stream: Any) -> None:
        self.text, self.stream, self.thread = "", stream, _get_ident()

    def write(self, text: str) -> None:
        if _get_ident() == self.thread:
            self.text += text
        elif self.stream is not None:
            self.stream.write(text)

    def flush(self) -> None:
        pass


def _printed(error: BaseException) -> str:
    own = _sys_dict.get("stderr")
    _sys_dict["stderr"] = catcher = _Catcher(own)
    try:
        _print_error(type(error), error, error.__traceback__)
    finally:
        _sys_dict["stderr"] = own
    return catcher.text.rstrip("\n")
