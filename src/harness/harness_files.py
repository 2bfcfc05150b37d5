"""Files that a script has left open: what it has written to them is in them at the end, as when Python exits.

Python destroys what is alive then, and files with it, which are written to the last byte. Here nothing is destroyed
(a large heap takes long); so these files are looked for.
"""

import builtins
import gc
import io
import os
import stat
import sys
from types import ModuleType
from typing import Any

__builtins__ = dict(vars(builtins))

_all_objects, _fstat, _is_regular = gc.get_objects, os.fstat, stat.S_ISREG
_modules = sys.modules
_text, _writer, _random = io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom
_flush_of = {kind: kind.flush for kind in (_text, _writer, _random)}
# What these write at their end is more than what they keep back.
_ARCHIVES = (("gzip", "GzipFile"), ("bz2", "BZ2File"), ("lzma", "LZMAFile"), ("zipfile", "ZipFile"))


def write_out(is_child: bool) -> None:
    """Writes what is in the buffers of files, wherever the script has them. `is_child` says that this is a process
    that the script has forked. Raises nothing."""
    try:
        archives = _archive_types()
        # By identity: a class of the script's may have a hash and an equality of its own, or none.
        kinds = {id(kind) for kind in (_text, _writer, _random, *archives)}
        # What was there before the script is frozen, and not among these.
        files = [value for value in _all_objects() if id(type(value)) in kinds]
        writable = _writable(is_child)
    except BaseException:
        return  # no memory for the list of all objects
    # Text goes through a buffer, and perhaps a compressor.
    for file in files:
        if type(file) is _text:
            _try(_flush, file, writable)
    for file in files:
        if type(file) in archives:
            _try(_close, file)
    for file in files:
        if type(file) is _writer or type(file) is _random:
            _try(_flush, file, writable)


def _archive_types() -> list[Any]:
    """Those of the modules that have been imported, and are modules still."""
    modules = [(_modules.get(module), name) for module, name in _ARCHIVES]
    return [vars(module).get(name) for module, name in modules if type(module) is ModuleType]


def _try(step: Any, *arguments: Any) -> None:
    try:
        step(*arguments)
    except BaseException:
        pass


def _close(file: Any) -> None:
    file.close()


def _flush(file: Any, writable: Any) -> None:
    if writable(_fstat(file.fileno())):
        _flush_of[type(file)](file)


def _writable(is_child: bool) -> Any:
    """Says of a file's status whether it is written to its end. A pipe could block, which keeps a child from ending, as
    in Python, but must not keep the run from it: only those of stdout and stderr are read in any case."""
    if is_child:
        return lambda status: True
    outputs = set()
    for number in (1, 2):
        try:
            status = _fstat(number)
            outputs.add((status.st_dev, status.st_ino))
        except OSError:
            pass  # the script has closed it
    return lambda status: _is_regular(status.st_mode) or (status.st_dev, status.st_ino) in outputs
