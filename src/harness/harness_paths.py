"""What to do about a file that is not there: one sentence, or None.

A file is asked for only where one that is sent would have been found: by a call that reads a file, under a name that
'files' takes.
"""

import builtins
import os
from re import compile as compile_pattern
from typing import Any

from _executor_calls import called, raised_in
from _executor_report import SCRIPT_FILE

__builtins__ = dict(vars(builtins))

_getcwd, _listdir = os.getcwd, os.listdir
_exists, _lexists, _isdir = os.path.exists, os.path.lexists, os.path.isdir
_dirname, _basename, _join = os.path.dirname, os.path.basename, os.path.join
_normpath, _realpath, _splitext = os.path.normpath, os.path.realpath, os.path.splitext

_SYSTEM = ("/proc", "/sys", "/dev", "/usr", "/etc", "/bin", "/lib", "/var", "/run")
_ALIAS = "/mnt/data"
_DRIVE = compile_pattern(r"[A-Za-z]:[/\\]")
_MAX_SHOWN = 60
_writable = "the working directory, /tmp and /dev/shm"
_home = ""


def name_writable_places(places: str) -> None:
    """What a script may write to, as the hints name it. Call in the zygote."""
    global _writable
    _writable = places


def writable_places() -> str:
    return _writable


def start_in(directory: str) -> None:
    """The working directory at the start of a run, which has what is sent in 'files'."""
    global _home
    _home = directory


def shown(text: str) -> str:
    return repr(text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 3] + "...")


def hint_of_missing_path(error: BaseException, path: str) -> str | None:
    """For the path that an error with ENOENT names."""
    if path.startswith("/proc/") and not _exists("/proc/self"):
        return "Scripts have no /proc: nothing of the machine and of other processes can be seen"
    if path in ("/dev/stdin", "/dev/fd/0"):
        return f"There is no {path}; use sys.stdin, or open(0)"
    if not path or _lexists(path):
        return None
    call = called(error)
    if call in ("listdir", "scandir", "chdir"):
        return _hint_of_directory(path)
    if call.endswith(("open", "open_code")) or call == "stat" and _splitext(path)[1]:
        return hint_of_unread(path)
    return None


def hint_of_unread(path: str) -> str | None:
    """For the path of a file that could not be read."""
    if path.startswith("~"):
        return "The '~' of a path is expanded by os.path.expanduser() alone"
    if _DRIVE.match(path):
        return _hint_of_far_file(path.replace("\\", "/"))
    full = _full(path)
    name = _name_in_files(full)
    if name == SCRIPT_FILE:
        return "The script is no file: inspect.getsource() has the text of its functions and classes"
    if name is not None:
        return _hint_of_near_file(name)
    if full.startswith(_SYSTEM):
        return None
    if not path.startswith("/") and _getcwd() != _home:
        return (
            f"Send {shown(_basename(full))} in 'files', and open it before os.chdir():"
            " it is put into the directory in which a run starts"
        )
    return _hint_of_far_file(full)


def _full(path: str) -> str:
    return _normpath(_join(_getcwd(), path))


def _name_in_files(full: str) -> str | None:
    """By which name a file that is sent would be at this path."""
    for home in (_home, _ALIAS):
        if full.startswith(home + "/") and (home == _home or _realpath(home) == _home):
            return full[len(home) + 1 :]
    return None


def _is_sendable(name: str) -> bool:
    sizes = [len(part.encode()) for part in name.split("/")]
    return max(sizes) <= 255 and sum(sizes) + len(sizes) - 1 <= 1024


def _hint_of_near_file(name: str) -> str | None:
    if not _is_sendable(name):
        return None
    parent = _dirname(name)
    place = _join(_home, parent)
    if not _isdir(place):
        return _makes_one(parent)
    others = _listdir(place)
    for other in others:
        if _alike(other) == _alike(_basename(name)):
            return f"There is no {shown(name)}; there is {shown(_join(parent, other))}"
    empty = "; a run starts in an empty directory"
    return f"Send {shown(name)} in 'files'" + (empty if not others and not parent else "")


def _alike(name: str) -> str:
    return name.casefold().strip().replace(" ", "_").replace("-", "_")


def _makes_one(directory: str) -> str:
    return f"There is no directory {shown(directory)}: os.makedirs() makes one, or send its files in 'files'"


def _hint_of_directory(path: str) -> str | None:
    full = _full(path)
    name = _name_in_files(full)
    if name is not None:
        return _makes_one(name)
    return None if full.startswith(_SYSTEM) else _no_directory(full)


def _no_directory(path: str) -> str:
    return (
        f"There is no directory {shown(path)}: what is sent in 'files' is put into the working directory,"
        f" and only {_writable} can be written to"
    )


def _hint_of_far_file(path: str) -> str:
    """For a path that is not below the working directory."""
    parent, name = path.rsplit("/", 1)
    if _isdir(parent or "/"):
        return f"Send {shown(name)} in 'files', which are put into the working directory, and open it by that name"
    return _no_directory(parent)


# What numpy and pandas say of a file in place of its name.
_MISSING = compile_pattern(r"(?:File )?(\S+) (?:not found\.|does not exist)$")


def path_in(error: BaseException, message: str) -> str:
    """The file of an error of a library that names it in its message only, or ""."""
    match: Any = _MISSING.match(message) if raised_in(error, "numpy/", "pandas/") else None
    return match[1] if match else ""
