"""What to do about an error: one sentence, where there is something to say, as UTF-8.

Knows the exception, the source or the value that is to blame, and nothing of claims or of how it is
shown. What the responder knows better, the number of a limit, it puts in itself in the place of a
word (execution/hints.h). Is asked only when a run has failed. Cannot raise: what a hostile object
raises means no hint.
"""

import builtins
import os
from errno import EACCES, EADDRNOTAVAIL, EAFNOSUPPORT, EAGAIN, EHOSTUNREACH, EMFILE
from errno import ENETDOWN, ENETUNREACH, EROFS
from types import TracebackType
from typing import Any

from _executor_values import hint_of_key, hint_of_value

__builtins__ = dict(vars(builtins))

# Words that stand for a sentence of the responder's.
PROCESSES = b"processes"
OPEN_FILES = b"open_files"
FIGURES = b"figures"

_MAX_SHOWN = 60
_MAX_CHAIN = 8

_args_of = BaseException.args.__get__
_traceback_of = BaseException.__traceback__.__get__
_cause_of = BaseException.__cause__.__get__
_context_of = BaseException.__context__.__get__
_name_of = type.__dict__["__name__"].__get__
_module_of = type.__dict__["__module__"].__get__
_mro_of = type.__dict__["__mro__"].__get__
_errno_of = OSError.errno.__get__
_filename_of = OSError.filename.__get__
_missing_of = ImportError.name.__get__
_unbound_of = NameError.name.__get__
_fstat, _isdir, _dirname = os.fstat, os.path.isdir, os.path.dirname

_NO_PACKAGES = "Packages cannot be installed in a run; GET /runtime lists what is there"
_NO_NETWORK = "Scripts have no network: send what they need in 'files' or 'stdin'"
_writable = "the working directory, /tmp and /dev/shm"
_NOTEBOOK = "that is a notebook's: send plain Python"


def name_writable_places(places: str) -> None:
    """What a script may write to, as the hint names it. Call in the zygote."""
    global _writable
    _writable = places


def hint_of_error(error: BaseException, is_function: bool, has_arguments: bool) -> bytes:
    """`is_function` says whether main() was called, `has_arguments` whether the request has some."""
    try:
        hint: str | bytes | None = _hint_of_call(error, has_arguments) if is_function else None
        if hint is None:
            hint = next(filter(None, map(_hint_of_one, _chain(error))), "")
        return _as_bytes(hint or "")
    except BaseException:
        return b""


def hint_of_refused(value: Any, is_key: bool) -> bytes:
    """For a value that has no JSON, or a key."""
    try:
        return _as_bytes(hint_of_key(value) if is_key else hint_of_value(value))
    except BaseException:
        return b""


def hint_of_syntax(error: Exception, source: str) -> bytes:
    """For what the compiler says of a script."""
    try:
        return _as_bytes(_fence(source) or _hint_of_line(error, source))
    except BaseException:
        return b""


def _as_bytes(hint: str | bytes) -> bytes:
    return hint if type(hint) is bytes else hint.encode("utf-8", "replace")


def _shown(text: str) -> str:
    return repr(text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 3] + "...")


# --- Exceptions ----------------------------------------------------------------------------------


def _chain(error: BaseException) -> list[BaseException]:
    """The error, what it was raised from, and what it replaced if that is of its kind: an error in
    the handler of another has a context that need have nothing to do with it."""
    chain = [error]
    for family in (ImportError, OSError):
        if issubclass(type(error), family):
            break
    else:
        family = None
    while len(chain) < _MAX_CHAIN:
        error = chain[-1]
        context = _context_of(error)
        if context is not None and not (family and issubclass(type(context), family)):
            context = None
        error = _cause_of(error) or context
        if error is None:
            break
        chain.append(error)
    return chain


def _message(error: BaseException) -> str:
    args = _args_of(error)
    return args[0] if args and type(args[0]) is str else ""


def _innermost(error: BaseException) -> TracebackType | None:
    entry = _traceback_of(error)
    while entry is not None and entry.tb_next is not None:
        entry = entry.tb_next
    return entry


def _raised_in(error: BaseException, *modules: str) -> bool:
    entry = _innermost(error)
    file = entry.tb_frame.f_code.co_filename if entry is not None else ""
    return any([f"/{module}" in file for module in modules])


def _hint_of_call(error: BaseException, has_arguments: bool) -> str | None:
    """For an error that is about main() as a function that returns."""
    if issubclass(type(error), SystemExit):
        return "main() gives its result with 'return'; a program that ends with sys.exit() goes into 'code'"
    # No frame of its own: it was raised in place of the call.
    if type(error) is TypeError and _innermost(error) is None:
        if "main() " in _message(error):
            if has_arguments:
                return "What 'arguments' has and the parameters of main() must agree"
            return "Send what main() is to be called with in 'arguments'"
    return None


def _hint_of_one(error: BaseException) -> str | bytes | None:
    kind = type(error)
    for base, hint_of in _BY_KIND:
        if issubclass(kind, base):
            return hint_of(error)
    return _NO_NETWORK if _is_network_library(kind) else None


_NETWORK_ERRORS = {
    ("socket", "gaierror"),
    ("urllib", "URLError"),
    ("urllib3", "HTTPError"),
    ("requests", "ConnectionError"),
    ("httpx", "ConnectError"),
    ("aiohttp", "ClientConnectionError"),
}


def _is_network_library(kind: type) -> bool:
    for base in _mro_of(kind):
        module = _module_of(base)
        if type(module) is str and (module.partition(".")[0], _name_of(base)) in _NETWORK_ERRORS:
            return True
    return False


def _hint_of_missing_module(error: ImportError) -> str | None:
    name = _missing_of(error)
    if type(name) is not str:
        return None
    root = name.partition(".")[0]
    what = f"{_shown(root)} is not installed, and a run cannot install it"
    return f"{what}; GET /runtime lists what is, and modules of your own go into 'files'"


def _hint_of_end_of_input(error: EOFError) -> str | None:
    if _message(error) != "EOF when reading a line":
        return None
    if _fstat(0).st_size > 0:
        return "The script reads more lines than 'stdin' has"
    return "There is nothing on stdin: send what the script reads in 'stdin'"


def _hint_of_os_error(error: OSError) -> str | bytes | None:
    number, path = _errno_of(error), _filename_of(error)
    if _is_network_library(type(error)) or number in _NO_ROUTE:
        return _NO_NETWORK
    if issubclass(type(error), ConnectionRefusedError):
        return _NO_NETWORK
    if issubclass(type(error), PermissionError) and _raised_in(error, "socket.py"):
        return _NO_NETWORK
    if number == EMFILE:
        return OPEN_FILES
    if number == EAGAIN:
        return PROCESSES if _is_of_fork(error) else None
    if issubclass(type(error), FileNotFoundError) and type(path) is str:
        return _hint_of_missing_file(error, path)
    if type(path) is str and (number == EROFS or number == EACCES and _may_be_for_writing(path)):
        return f"Only {_writable} can be written to"
    return None


def _may_be_for_writing(path: str) -> bool:
    """A refusal in these is that of reading."""
    return not path.startswith(("/proc", "/sys"))


_NO_ROUTE = {ENETUNREACH, EHOSTUNREACH, ENETDOWN, EAFNOSUPPORT, EADDRNOTAVAIL}
_SYSTEM = ("/proc", "/sys", "/dev", "/usr", "/etc", "/bin", "/lib", "/var", "/run")


def _is_of_fork(error: OSError) -> bool:
    entry = _innermost(error)
    if entry is None:
        return False
    names = entry.tb_frame.f_code.co_names
    return any([name in names for name in ("fork", "fork_exec", "_fork_exec", "forkpty", "posix_spawn")])


def _hint_of_missing_file(error: OSError, path: str) -> str | None:
    if path.startswith(("http://", "https://", "ftp://")):
        return _NO_NETWORK
    if _raised_in(error, "subprocess.py"):
        if _is_pip(path):
            return _NO_PACKAGES
        return f"The program {_shown(path)} is not there for scripts" if not _isdir(path) else None
    if path.startswith(_SYSTEM) or not path:
        return None
    parent = _dirname(path)
    if parent and not _isdir(parent):
        return f"There is no directory {_shown(parent)}: os.makedirs() makes one, or send its files in 'files'"
    return f"Send {_shown(path)} in 'files'; a run starts in an empty directory"


def _hint_of_runtime_error(error: RuntimeError) -> str | bytes | None:
    message = _message(error)
    if message == "can't start new thread":
        return PROCESSES
    if message.startswith("asyncio.run() cannot be called from a running"):
        return "An event loop is running already: use 'await' in place of asyncio.run()"
    return None


_NAMES = {
    "np": "The script lacks 'import numpy as np'",
    "pd": "The script lacks 'import pandas as pd'",
    "plt": "The script lacks 'import matplotlib.pyplot as plt'",
    "get_ipython": "get_ipython() is a notebook's: send plain Python",
    "display": "display() is a notebook's: use print()",
    "true": "Python's name for true is True",
    "false": "Python's name for false is False",
    "null": "Python's name for null is None",
}


def _hint_of_name(error: NameError) -> str | None:
    name = _unbound_of(error)
    return _NAMES.get(name) if type(name) is str else None


def _is_pip(command: Any) -> bool:
    words = command if type(command) in (list, tuple) else [command]
    text = " ".join([word for word in words if type(word) is str][:8])
    return any([word in ("pip", "pip3", "conda", "uv") for word in text.replace("/", " ").split()])


def _hint_of_other(error: BaseException) -> str | None:
    if _name_of(type(error)) == "CalledProcessError" and _is_pip(vars(error).get("cmd")):
        return _NO_PACKAGES
    return _NO_NETWORK if _is_network_library(type(error)) else None


# The first that fits.
_BY_KIND: Any = (
    (ModuleNotFoundError, _hint_of_missing_module),
    (EOFError, _hint_of_end_of_input),
    (OSError, _hint_of_os_error),
    (RuntimeError, _hint_of_runtime_error),
    (NameError, _hint_of_name),
    (Exception, _hint_of_other),
)


# --- Syntax --------------------------------------------------------------------------------------


def _fence(source: str) -> str | None:
    """For Markdown whose code block is Python, however the rest of it fails to be."""
    lines = source.splitlines()
    marks = [i for i, line in enumerate(lines) if line.lstrip().startswith(("```", "~~~"))]
    if not marks:
        return None
    end = marks[1] if len(marks) > 1 else len(lines)
    if not _compiles("\n".join(lines[marks[0] + 1 : end])):
        return None
    return f"Line {marks[0] + 1} is a Markdown fence: send the Python between the fences alone"


def _compiles(source: str) -> bool:
    try:
        compile(source, "script.py", "exec", dont_inherit=True)
        return True
    except Exception:
        return False


_INSTALLERS = ("pip install", "pip3 install", "conda install", "python -m pip")


def _hint_of_line(error: Exception, source: str) -> str:
    if not issubclass(type(error), SyntaxError):
        return ""
    number = error.lineno or 0
    lines = source.splitlines()
    line = lines[number - 1].strip() if 1 <= number <= len(lines) else ""
    command = line.lstrip("!% ")
    if command.startswith(_INSTALLERS):
        return _NO_PACKAGES
    if line.startswith(("!", "%")):
        return f"Line {number} is a notebook's command: send plain Python without it"
    if line.startswith(("```", "~~~")):
        return f"Line {number} is a Markdown fence: send the Python alone"
    if line.startswith((">>>", "In [")):
        return f"Line {number} has an interpreter's prompt: send the Python alone"
    message = error.msg or ""
    if message == "'return' outside function":
        return "Only functions return: give a 'script' a main() that does, or let a program in 'code' print"
    if message == "'await' outside function":
        return "Only 'async def' functions await: put it into an 'async def main()' and send that as 'script'"
    if "\\n" in line and "line continuation" in message:
        return "The source has the characters \\n where its lines should end: it was escaped twice"
    return ""
