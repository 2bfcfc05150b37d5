"""What to do about an error: one sentence, where there is something to say, as UTF-8.

Knows the exception, the source or the value that is to blame, and nothing of claims or of how it is
shown. The value of a limit is known to the responder, which puts it in the place of a word
(execution/hints.h). Called only when a run has failed. Never raises: if a hostile object raises, there
is no hint.
"""

import builtins
import os
import sys
from dis import get_instructions
from errno import EACCES, EAGAIN, EMFILE, ENOENT, EROFS
from re import compile as compile_pattern
from types import CodeType
from typing import Any

from _executor_calls import LIBRARIES, frames_of, innermost, raised_in
from _executor_network import is_of_network_library, is_this_machine, wanted_network
from _executor_paths import hint_of_missing_path, hint_of_unread, path_in, shown, writable_places
from _executor_report import SCRIPT_FILE
from _executor_values import hint_of_key, hint_of_value

__builtins__ = dict(vars(builtins))

# Words that stand for a sentence of the responder's.
PROCESSES = b"processes"
OPEN_FILES = b"open_files"
FIGURES = b"figures"

_MAX_CHAIN = 8

_args_of = BaseException.args.__get__
_cause_of = BaseException.__cause__.__get__
_context_of = BaseException.__context__.__get__
_name_of = type.__dict__["__name__"].__get__
_module_of = type.__dict__["__module__"].__get__
_errno_of = OSError.errno.__get__
_filename_of = OSError.filename.__get__
_missing_of = ImportError.name.__get__
_unbound_of = NameError.name.__get__
_fstat, _access = os.fstat, os.access
_exists, _isdir, _dirname = os.path.exists, os.path.isdir, os.path.dirname
_modules = sys.modules

_NO_PACKAGES = "Packages cannot be installed in a run; GET /runtime lists what is there"
_NO_NETWORK = "Scripts have no network: send what they need in 'files' or 'stdin'"
_NO_STDIN = "There is nothing on stdin: send what the script reads in 'stdin'"
_NO_DEBUGGER = "A debugger has nothing to read: leave breakpoint() out, or send its commands in 'stdin'"


def hint_of_error(error: BaseException, is_function: bool, has_arguments: bool, has_argv: bool) -> bytes:
    """`is_function` says whether main() was called, the others what the request has."""
    try:
        hint: str | bytes | None = _hint_of_call(error, has_arguments) if is_function else None
        if hint is None and not (has_argv and issubclass(type(error), SystemExit)):
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


def hint_of_arguments(error: BaseException) -> bytes:
    """For what Python's json says of the request's values, before there is a script that could call anything."""
    if type(error) is ValueError and "for integer string conversion" in _message(error):
        return b"Send an integer of so many digits as a string; main() can call sys.set_int_max_str_digits(0), then int()"
    return b""


def _as_bytes(hint: str | bytes) -> bytes:
    return hint if type(hint) is bytes else hint.encode("utf-8", "replace")


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
        outer, error = error, _cause_of(error) or context
        if error is None or issubclass(type(outer), OSError) and issubclass(type(error), FileNotFoundError):
            break  # a library has looked for a file on its way, and says what it means
        chain.append(error)
    return chain


def _message(error: BaseException) -> str:
    args = _args_of(error)
    return args[0] if args and type(args[0]) is str else ""


def _hint_of_call(error: BaseException, has_arguments: bool) -> str | None:
    """For an error that is about main() as a function that returns."""
    if issubclass(type(error), SystemExit):
        if raised_in(error, "argparse.py", "pdb.py"):
            return None
        return "main() gives its result with 'return'; a program that ends with sys.exit() goes into 'code'"
    # No frame of its own: it was raised in place of the call.
    if type(error) is TypeError and innermost(error) is None and "argument" in _message(error):
        if has_arguments:
            return "What 'arguments' has and the parameters of main() must agree"
        return "Send what main() is to be called with in 'arguments'"
    return None


def _hint_of_one(error: BaseException) -> str | bytes | None:
    kind = type(error)
    for base, hint_of in _BY_KIND:
        if issubclass(kind, base):
            return hint_of(error)
    return None


_OPTIONAL = compile_pattern(r"(?s).*?Missing optional dependency '(\w+)'")


def _hint_of_import(error: ImportError) -> str | None:
    """For a library that says itself what it lacks."""
    match = _OPTIONAL.match(_message(error))
    return _not_installed(match[1]) if match else None


def _not_installed(root: str) -> str:
    what = f"{shown(root)} is not installed, and a run cannot install it"
    return f"{what}; GET /runtime lists what is, and modules of your own go into 'files'"


def _hint_of_missing_module(error: ImportError) -> str | None:
    name = _missing_of(error)
    if type(name) is not str:
        return None
    root = name.partition(".")[0]
    if root in _modules:  # None is what a script has put there
        if _modules[root] is None or root == name:
            return None
        if _is_own(_modules[root]):
            file = name.replace(".", "/") + ".py"
            return f"{shown(root)} is there, without {shown(name)}: send {shown(file)} in 'files'"
        return f"{shown(root)} is there, without {shown(name)}; GET /runtime lists the versions of what is installed"
    return _not_installed(root)


def _is_own(module: Any) -> bool:
    """Whether it came with the request or was made by the script: it has a file where no library is."""
    file = vars(module).get("__file__")
    return type(file) is str and not file.startswith(LIBRARIES)


def _hint_of_end_of_input(error: EOFError) -> str | None:
    if _message(error) != "EOF when reading a line" and not raised_in(error, "getpass.py"):
        return None
    if _fstat(0).st_size > 0:
        return "The script reads more lines than 'stdin' has"
    return _NO_STDIN


def _hint_of_os_error(error: OSError) -> str | bytes | None:
    number, path = _errno_of(error), _filename_of(error)
    if wanted_network(error):
        return _NO_NETWORK
    if is_of_network_library(type(error)):
        return None
    if number == EMFILE:
        return OPEN_FILES
    if number == EAGAIN:
        return PROCESSES if _is_of_fork(error) else None
    if issubclass(type(error), FileNotFoundError):
        if number is None:
            path = path_in(error, _message(error))
            return hint_of_unread(path) if path else None
        return _hint_of_missing_file(error, _as_text(path)) if number == ENOENT else None
    if type(path) is str and (number == EROFS or number == EACCES and _is_for_writing(error, path)):
        return f"Only {writable_places()} can be written to"
    return None


def _is_for_writing(error: OSError, path: str) -> bool:
    """Whether it was writing that was refused, or making a file: the error does not say which."""
    if path.startswith(("/proc", "/sys")) or raised_in(error, "subprocess.py"):
        return False
    if _exists(path):
        return _access(path, os.R_OK) and not _access(path, os.W_OK)
    return not _access(_dirname(path) or ".", os.W_OK)


def _is_of_fork(error: OSError) -> bool:
    entry = innermost(error)
    if entry is None:
        return False
    names = entry.tb_frame.f_code.co_names
    return any([name in names for name in ("fork", "fork_exec", "_fork_exec", "forkpty", "posix_spawn")])


_ADDRESS = compile_pattern(r"(?:https?|ftp)://(?:[^/@]*@)?(\[[^]]*\]|[^/:]*)")


def _as_text(path: Any) -> str:
    """What an error names as its file: os.listdir() leaves a pathlib.Path as it is."""
    if _module_of(type(path)).startswith("pathlib") and _name_of(type(path)) == "PosixPath":
        return str(path)
    return path if type(path) is str else ""


def _hint_of_missing_file(error: OSError, path: str) -> str | None:
    address = _ADDRESS.match(path)
    if address:
        return _NO_NETWORK if not is_this_machine(address[1].strip("[]")) else None
    if raised_in(error, "subprocess.py"):
        if _is_pip(path):
            return _NO_PACKAGES
        if innermost(error).tb_frame.f_locals.get("cwd") == path:  # type: ignore[union-attr]
            return f"There is no directory {shown(path)}"
        return f"The program {shown(path)} is not there for scripts" if not _isdir(path) else None
    return hint_of_missing_path(error, path)


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


def _hint_of_key(error: KeyError) -> str | None:
    """For a variable of the environment."""
    entry = innermost(error)
    code = entry.tb_frame.f_code if entry is not None else None
    if code is None or code.co_qualname not in ("_Environ.__getitem__", "_Environ.__delitem__"):
        return None
    return f"Send {shown(_message(error))} in 'env'"


def _hint_of_name(error: NameError) -> str | None:
    name = _unbound_of(error)
    return _NAMES.get(name) if type(name) is str else None


def _is_pip(command: Any) -> bool:
    words = command if type(command) in (list, tuple) else [command]
    text = " ".join([word for word in words if type(word) is str][:8])
    return any([word in ("pip", "pip3", "conda", "uv") for word in text.replace("/", " ").split()])


def _hint_of_exit(error: SystemExit) -> str | None:
    if raised_in(error, "pdb.py"):
        return _NO_DEBUGGER  # what breakpoint() comes to from Python 3.14 on, where it was BdbQuit
    if raised_in(error, "argparse.py") and _lacks_arguments(error):
        return "Send the command line that the script parses in 'argv', or give its arguments defaults"
    return None


_REQUIRED = compile_pattern(r"the following arguments are required: |one of the arguments .* is required$")


def _lacks_arguments(error: BaseException) -> bool:
    """Whether argparse has missed arguments on the command line, and not in a list of the script's."""
    frames = [entry.tb_frame for entry in frames_of(error)]
    names = {f.f_code.co_name: f.f_locals for f in frames if f.f_code.co_filename.endswith("/argparse.py")}
    message = names.get("error", {}).get("message")
    if type(message) is not str or not _REQUIRED.match(message):
        return False
    return "parse_args" in names and names["parse_args"].get("args", ()) is None


# Of libraries that need what a run does not have, by the module and the name of what they raise.
_DEVICES = {
    ("bdb", "BdbQuit"): _NO_DEBUGGER,
    ("_tkinter", "TclError"): "There is no screen: draw with matplotlib and send 'images': true",
    ("_curses", "error"): "There is no terminal: print what is to be shown",
    ("termios", "error"): "There is no terminal: read from 'stdin'",
}
_NOTHING_READ = compile_pattern(
    r"list index out of range$|(invalid literal for int\(\) with base 10|could not convert string to float): b?''$"
    r"|not enough values to unpack \(expected (at least )?\d+, got 0\)$|Expecting value$"
    r"|No columns to parse from file$"
)


def _hint_of_other(error: BaseException) -> str | None:
    kind = type(error)
    if _name_of(kind) == "CalledProcessError" and _is_pip(vars(error).get("cmd")):
        return _NO_PACKAGES
    if is_of_network_library(kind):
        return _NO_NETWORK if wanted_network(error) else None
    if (_module_of(kind), _name_of(kind)) in _DEVICES:
        return _DEVICES[_module_of(kind), _name_of(kind)]
    if issubclass(kind, (IndexError, ValueError)) and _has_read_nothing(error):
        return _NO_STDIN
    return None


def _has_read_nothing(error: BaseException) -> bool:
    """Whether the error is what comes of an empty stdin, in a function of the script's that reads it."""
    if _fstat(0).st_size > 0 or not _NOTHING_READ.match(_message(error).partition(": line 1 column 1 ")[0]):
        return False
    codes = [entry.tb_frame.f_code for entry in frames_of(error)]
    return any([code.co_filename == SCRIPT_FILE and _reads_stdin(code) for code in codes])


# What a script asks of sys.stdin without reading it.
_ABOUT_STDIN = {"isatty", "fileno", "readable", "seekable", "close", "closed", "encoding", "errors", "name", "mode"}
_ABOUT_STDIN |= {"reconfigure", "newlines", "line_buffering"}


def _reads_stdin(code: CodeType) -> bool:
    """Whether its instructions do anything with sys.stdin that can read it."""
    instructions = [each for each in get_instructions(code) if each.opname not in _NO_USE]
    for each, following in zip(instructions, instructions[1:]):
        if each.argval == "stdin" and each.opname.startswith("LOAD_") and each.opname != "LOAD_CONST":
            is_member = following.opname in ("LOAD_ATTR", "LOAD_METHOD")
            if not following.opname.startswith("POP_JUMP") and not (is_member and following.argval in _ABOUT_STDIN):
                return True
    return False


_NO_USE = {"CACHE", "PRECALL", "PUSH_NULL", "EXTENDED_ARG", "TO_BOOL", "NOP"}


# The first that fits.
_BY_KIND: Any = (
    (ModuleNotFoundError, _hint_of_missing_module),
    (ImportError, _hint_of_import),
    (EOFError, _hint_of_end_of_input),
    (OSError, _hint_of_os_error),
    (RuntimeError, _hint_of_runtime_error),
    (NameError, _hint_of_name),
    (KeyError, _hint_of_key),
    (SystemExit, _hint_of_exit),
    (Exception, _hint_of_other),
)
