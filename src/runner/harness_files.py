"""Files that a script has left open: what it has written to them is in them at the end, as when Python exits.

Python destroys what is alive then, and files with it, which are written to the last byte. Here nothing is destroyed
(a large heap takes long); so these files are looked for.
"""

import builtins
import gc
import io
import os
import stat
from typing import Any

__builtins__ = dict(vars(builtins))

_all_objects, _fstat, _is_regular = gc.get_objects, os.fstat, stat.S_ISREG
_text, _buffers = io.TextIOWrapper, (io.BufferedWriter, io.BufferedRandom)
_flush_text = io.TextIOWrapper.flush
_flushes = {io.BufferedWriter: io.BufferedWriter.flush, io.BufferedRandom: io.BufferedRandom.flush}
_name_of = type.__dict__["__name__"].__get__
_module_of = type.__dict__["__module__"].__get__
# What these write at their end is more than what they keep back.
_CLOSED = {("gzip", "GzipFile"), ("bz2", "BZ2File"), ("lzma", "LZMAFile"), ("zipfile", "ZipFile")}


def write_out(names: dict[str, Any], everything: bool) -> None:
    """Writes what is in the buffers of files that are among the values, or anywhere with `everything`.
    Raises nothing."""
    try:
        objects = _all_objects() if everything else list(names.values())
        # Text goes through a buffer, and perhaps a compressor.
        for step in (_finish_text, _finish_archive, _finish_buffer):
            for value in objects:
                _try(step, value)
    except BaseException:
        pass  # no memory for the list of all objects


def _try(step: Any, value: Any) -> None:
    try:
        step(value)
    except BaseException:
        pass


def _finish_text(value: Any) -> None:
    if type(value) is _text and _is_written_to_end(value):
        _flush_text(value)


def _finish_archive(value: Any) -> None:
    if (_module_of(type(value)), _name_of(type(value))) in _CLOSED:
        value.close()


def _finish_buffer(value: Any) -> None:
    flush = _flushes.get(type(value))
    if flush is not None and _is_written_to_end(value):
        flush(value)


def _is_written_to_end(file: Any) -> bool:
    """A pipe could block."""
    number = file.fileno()
    return number in (1, 2) or _is_regular(_fstat(number).st_mode)
