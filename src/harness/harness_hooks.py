"""What Python prints of an exception on its own, with the script's lines in it.

Hooks that are written in C look for a source line in a file, and the script is none: up to Python 3.12 all of them,
from then on the one of unraisable exceptions. These take their place, and print what those would. Where one cannot, in
a full memory say, that in C does its work.
"""

import builtins
import sys
import threading
from typing import Any

from _executor_report import display, trace_text

__builtins__ = dict(vars(builtins))

_sys_dict = vars(sys)
_name_of = type.__dict__["__qualname__"].__get__
_module_of = type.__dict__["__module__"].__get__
_c_excepthook, _c_unraisablehook, _c_thread_hook = sys.excepthook, sys.unraisablehook, threading.excepthook


def show_lines_of_scripts() -> None:
    """Call once, in the zygote, before the default hook is asked for."""
    # Their names are those of the functions in C.
    for hook, module, name in (
        (excepthook, "sys", "excepthook"),
        (unraisablehook, "sys", "unraisablehook"),
        (thread_hook, "_thread", "_excepthook"),
    ):
        hook.__module__, hook.__name__, hook.__qualname__ = module, name, name
    sys.unraisablehook = sys.__unraisablehook__ = unraisablehook  # type: ignore[misc,attr-defined,assignment]
    if sys.version_info >= (3, 13):
        return
    sys.excepthook = sys.__excepthook__ = excepthook  # type: ignore[misc]
    threading.excepthook = threading.__excepthook__ = thread_hook  # type: ignore[attr-defined,assignment]


def excepthook(exctype: Any, value: Any, traceback: Any, /) -> None:
    """Handle an exception by displaying it with a traceback on sys.stderr."""
    try:
        text = display(value, traceback)
    except BaseException:
        return _c_excepthook(exctype, value, traceback)
    _write(_sys_dict.get("stderr"), text)


def thread_hook(args: Any, /) -> None:
    """Handle uncaught Thread.run() exception."""
    if args.exc_type is SystemExit:
        return
    try:
        name = args.thread.name if args.thread is not None else threading.get_ident()
        text = f"Exception in thread {name}:\n" + display(args.exc_value, args.exc_traceback)
    except BaseException:
        return _c_thread_hook(args)
    stream = _sys_dict.get("stderr")
    _write(stream if stream is not None or args.thread is None else args.thread._stderr, text)


def unraisablehook(unraisable: Any, /) -> None:
    """Handle an unraisable exception."""
    try:
        text = _heading(unraisable)
        if unraisable.exc_traceback is not None:
            text += trace_text(unraisable.exc_traceback)
        text += _last_line(unraisable.exc_type, unraisable.exc_value)
    except BaseException:
        return _c_unraisablehook(unraisable)
    _write(_sys_dict.get("stderr"), text)


def _heading(unraisable: Any) -> str:
    message = unraisable.err_msg
    if unraisable.object is None:
        return "" if message is None else f"{message}:\n"
    try:
        shown = repr(unraisable.object)
    except BaseException:
        shown = "<object repr() failed>"
    return f"{'Exception ignored in' if message is None else message}: {shown}\n"


def _last_line(kind: type, value: Any) -> str:
    module = _module_of(kind)
    if type(module) is not str:
        prefix = "<unknown>."
    else:
        prefix = "" if module in ("builtins", "__main__", "script") else f"{module}."
    try:
        return f"{prefix}{_name_of(kind)}" + ("" if value is None else f": {value}") + "\n"
    except BaseException:
        return f"{prefix}{_name_of(kind)}: <exception str() failed>\n"


def _write(stream: Any, text: str) -> None:
    if stream is not None:
        stream.write(text)
        stream.flush()
