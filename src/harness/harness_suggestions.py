"""The name that was probably meant, where Python adds it to the message of an error that it prints.

Up to Python 3.11 only the printing that is written in C knows it, so an error is printed there, and read off.
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
