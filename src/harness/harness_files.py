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


def write_out(names: dict[str, Any], everything: bool) -> None:
    """Writes what is in the buffers of files that are among the values, or anywhere with `everything`.
    Raises nothing."""
    try:
        objects = _all_objects() if everything else list(names.values())
        texts = [value for value in objects if type(value) is _text]
        archives = [value for kind in _archive_types() for value in objects if type(value) is kind]
        buffers = [value for value in objects if type(value) is _writer or type(value) is _random]
    except BaseException:
        return  # no memory for the list of all objects
    # Text goes through a buffer, and perhaps a compressor.
    for file in texts:
        _try(_flush, file)
    for file in archives:
        _try(_close, file)
    for file in buffers:
        _try(_flush, file)


def _archive_types() -> list[Any]:
    """Those of the modules that have been imported, and are modules still."""
    modules = [(_modules.get(module), name) for module, name in _ARCHIVES]
    return [vars(module).get(name) for module, name in modules if type(module) is ModuleType]


def _try(step: Any, file: Any) -> None:
    try:
        step(file)
    except BaseException:
        pass


def _close(file: Any) -> None:
    file.close()


def _flush(file: Any) -> None:
    if _is_written_to_end(file):
        _flush_of[type(file)](file)


def _is_written_to_end(file: Any) -> bool:
    """A pipe could block."""
    number = file.fileno()
    return number in (1, 2) or _is_regular(_fstat(number).st_mode)
