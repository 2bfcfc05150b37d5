"""What main() returned, as JSON text; or what in it is not JSON, and where.

One pass of the C encoder answers nearly every run. Only when that fails is the value walked in
Python, to name the first place that JSON cannot say, or to do what the C encoder cannot (NumPy
scalars as dictionary keys). Knows nothing of scripts, dialects or claims.

The script has run by the time this does, and may have patched any module. So everything needed is
bound here at import, `__builtins__` included: functions take their builtins from their module.
"""

import builtins
from functools import partial
from sys import get_int_max_str_digits
from typing import Any

# The C parts are used directly; json itself is imported to be there, and shared, for the script.
import json  # noqa: F401
from _json import encode_basestring, make_encoder

__builtins__ = dict(vars(builtins))

# The same limit as kMaxResultDepth in contract/json_check.h.
MAX_DEPTH = 200
_MAX_PATH = 200
_MAX_KEY = 40

# A place in the result: None for the result itself, else (place of the container, key).
Place = tuple | None

_name_of = type.__dict__["__name__"].__get__
_module_of = type.__dict__["__module__"].__get__
_mro_of = type.__dict__["__mro__"].__get__


class Refused(Exception):
    """The value is not JSON. The first argument says where and what; where that has no advice, the
    value itself and whether it is a key follow."""


class TooLarge(Exception):
    """The JSON text would be longer than its limit."""


def encode(value: Any, max_bytes: int) -> bytes:
    """Returns `value` as UTF-8 JSON, laid out as json.dumps does.

    Raises Refused or TooLarge; what the script's own methods raise passes through.
    """
    if _clearly_larger(value, max_bytes, levels=3):
        raise TooLarge
    try:
        return _encode_fast(value, max_bytes)
    except TooLarge:
        raise
    except Exception:
        pass  # The walk finds out why. It runs outside this block: it must not chain exceptions.
    return _encoded(_Walk(max_bytes).plain(value, None, 1), max_bytes)


def _encode_fast(value: Any, max_bytes: int) -> bytes:
    data = _encoded(value, max_bytes)
    # The C encoder has no depth limit but the interpreter's, from Python 3.12 on not even that.
    if data.count(b"[") + data.count(b"{") > MAX_DEPTH and _is_deep(data):
        raise RecursionError
    return data


def _is_deep(data: bytes) -> bool:
    """Whether JSON text has more than MAX_DEPTH levels."""
    outside_strings = data.replace(rb"\\", b"").replace(rb"\"", b"").split(b'"')[::2]
    brackets = b"".join(outside_strings).translate(_AS_SQUARE, _NO_BRACKETS)
    for _ in range(MAX_DEPTH):
        brackets = brackets.replace(b"[]", b"")  # the innermost level
        if not brackets:
            return False
    return True


_AS_SQUARE = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def _encoded(value: Any, max_bytes: int) -> bytes:
    default = partial(_from_numpy, max_bytes)
    # Then: no indentation, separators; neither sorted keys, skipped keys nor NaN.
    encoder = make_encoder({}, default, encode_basestring, None, ": ", ", ", False, False, False)
    text = "".join(encoder(value, 0))
    if len(text) > max_bytes:
        raise TooLarge
    data = text.encode()
    if len(data) > max_bytes:
        raise TooLarge
    return data


def _clearly_larger(value: Any, max_bytes: int, levels: int) -> bool:
    """Spots plain giants before memory is spent on their text; looks at little of the value."""
    kind = type(value)
    if kind is str:
        return len(value) > max_bytes
    if kind is not list and kind is not tuple and kind is not dict:
        return False
    if len(value) * 3 > max_bytes + 2:  # "0, " for each element
        return True
    if levels == 1 or len(value) > 64:
        return False
    items = list(value.values()) if kind is dict else value
    return any([_clearly_larger(item, max_bytes, levels - 1) for item in items])


# --- NumPy ---------------------------------------------------------------------------------------


def _numpy_base(kind: type) -> str | None:
    """Recognizes "generic" (scalars) and "ndarray" by name: numpy may never have been imported."""
    for base in _mro_of(kind):
        if _module_of(base) == "numpy" and _name_of(base) in ("generic", "ndarray"):
            return _name_of(base)
    return None


def _from_numpy(max_bytes: int, value: Any) -> Any:
    """Returns what a NumPy scalar or array stands for; raises TypeError for anything else."""
    base = _numpy_base(type(value))
    if base is None or value.dtype.kind in "mM":
        raise TypeError
    if base == "ndarray":
        if value.size * 3 > max_bytes + 2:
            raise TooLarge
        return value.tolist()
    # A long double is its own item().
    return float(value) if value.dtype.kind == "f" else value.item()


# --- The walk ------------------------------------------------------------------------------------


class _Walk:
    """Copies a value into plain JSON data, or raises Refused at the first that has no JSON."""

    __slots__ = ("max_bytes", "room", "open")

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.room = max_bytes
        self.open: dict[int, Place] = {}  # the containers being walked: id to place

    def plain(self, value: Any, place: Place, depth: int) -> Any:
        """`depth` is the nesting that `value` has if it is a container."""
        kind = type(value)
        if value is None or kind is bool:
            self._spend(4)
            return value
        if issubclass(kind, str):
            return self._string(value, place, "is")
        if issubclass(kind, int):
            return self._integer(value, place, "is")
        if issubclass(kind, float):
            return self._float(value, place, "is")
        if issubclass(kind, (list, tuple, dict)):
            return self._container(value, kind, place, depth)
        if _numpy_base(kind) is not None and value.dtype.kind not in "mM":
            item = _from_numpy(self.max_bytes, value)
            if type(item) is not kind:
                return self.plain(item, place, depth)
        raise _refused(place, "is", value)

    def _spend(self, size: int) -> None:
        self.room -= size
        if self.room < 0:
            raise TooLarge

    def _string(self, value: str, place: Place, verb: str) -> str:
        self._spend(str.__len__(value) + 2)
        if not str.isascii(value):
            try:
                str.encode(value)
            except UnicodeEncodeError:
                text = f"{_path(place)} {verb} a string with a lone surrogate"
                raise Refused(text, value, verb != "is") from None
        return value

    def _integer(self, value: int, place: Place, verb: str) -> int:
        self._spend(1)
        if int.bit_length(value) > 2000:
            try:
                self._spend(len(int.__repr__(value)))
            except ValueError:
                limit = get_int_max_str_digits()
                text = f"{_path(place)} {verb} an integer of more than {limit} digits"
                raise Refused(text, value, verb != "is") from None
        return value

    def _float(self, value: float, place: Place, verb: str) -> float:
        self._spend(3)
        text = float.__repr__(value)
        if text in _NO_JSON_FLOATS:
            raise Refused(f"{_path(place)} {verb} {_NO_JSON_FLOATS[text]}", value, verb != "is")
        return value

    def _container(self, value: Any, kind: type, place: Place, depth: int) -> Any:
        if id(value) in self.open:
            raise Refused(f"{_path(self.open[id(value)])} contains itself")
        if depth > MAX_DEPTH:
            raise Refused(f"result is nested deeper than {MAX_DEPTH} levels")
        self._spend(2)
        self.open[id(value)] = place
        plain = self._mapping if issubclass(kind, dict) else self._sequence
        copy = plain(value, place, depth)
        del self.open[id(value)]
        return copy

    def _sequence(self, value: Any, place: Place, depth: int) -> list:
        # A subclass cannot change what JSON sees of a list; json.dumps has it so too.
        items = (list if issubclass(type(value), list) else tuple).__iter__(value)
        return [self.plain(item, (place, index), depth + 1) for index, item in enumerate(items)]

    def _mapping(self, value: Any, place: Place, depth: int) -> dict:
        items = dict.items(value) if type(value) is dict else value.items()
        return {self._key(key, place): self.plain(item, (place, key), depth + 1) for key, item in list(items)}

    def _key(self, key: Any, place: Place) -> Any:
        self._spend(3)
        kind = type(key)
        if key is None or kind is bool:
            return key
        if _numpy_base(kind) == "generic" and key.dtype.kind in "biuf":
            key = _from_numpy(self.max_bytes, key)
            kind = type(key)
        verb = "has a key that is"
        if issubclass(kind, str):
            return self._string(key, place, verb)
        if issubclass(kind, int):
            return self._integer(key, place, verb)
        if issubclass(kind, float):
            return self._float(key, place, verb)
        raise _refused(place, verb, key)


# --- Words ---------------------------------------------------------------------------------------

_NO_JSON_FLOATS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}

# What to do about a type, by its top-level module and name; holds for subclasses too.
_ADVICE = {
    ("pandas", "DataFrame"): "call .to_dict() on it",
    ("pandas", "Series"): "call .to_dict() on it",
    ("pandas", "Index"): "call .tolist() on it",
    ("pandas", "ExtensionArray"): "call .tolist() on it",
    ("pandas", "Timestamp"): "call .isoformat() on it",
    ("pandas", "Timedelta"): "call .total_seconds() on it",
    ("pandas", "Period"): "call str() on it",
    ("numpy", "datetime64"): "call .astype(str) on it",
    ("numpy", "timedelta64"): "call .astype(str) on it",
    ("datetime", "date"): "call .isoformat() on it",  # and so datetime
    ("datetime", "time"): "call .isoformat() on it",
    ("datetime", "timedelta"): "call .total_seconds() on it",
    ("decimal", "Decimal"): "call float() or str() on it",
    ("fractions", "Fraction"): "call float() or str() on it",
    ("uuid", "UUID"): "call str() on it",
    ("pathlib", "PurePath"): "call str() on it",
    ("enum", "Enum"): "return its .value",
}

_PHRASES = {"NaTType": "NaT", "NAType": "NA", "bytes": "a bytes object"}


def _refused(place: Place, verb: str, value: Any) -> Refused:
    described = _described(value)
    text = f"{_path(place)} {verb} {described}"
    return Refused(text) if ": " in described else Refused(text, value, verb != "is")


def _described(value: Any) -> str:
    """For example "a set", "an object" or "a DataFrame: call .to_dict() on it"."""
    kind = type(value)
    name = _name_of(kind)
    if name in _PHRASES:
        return _PHRASES[name]
    if _numpy_base(kind) == "ndarray":
        name, advice = f"array of {value.dtype.name}", "call .astype(str) on it"
    else:
        advice = _advice(kind)
    # "a UUID", "a UserDict": a u mostly sounds like "you".
    article = "an" if name[:1] in "aeioAEIO" else "a"
    return f"{article} {name[:_MAX_PATH]}" + (f": {advice}" if advice else "")


def _advice(kind: type) -> str | None:
    for base in _mro_of(kind):
        module = _module_of(base)
        if type(module) is str:
            advice = _ADVICE.get((module.partition(".")[0], _name_of(base)))
            if advice is not None:
                return advice
    return None


def _path(place: Place) -> str:
    """The expression that leads to the place, such as result['rows'][0], its middle cut if long."""
    steps = []
    while place is not None:
        place, key = place
        steps.append(f"[{_shown_key(key)}]")
    path = "result" + "".join(reversed(steps))
    if len(path) > _MAX_PATH:
        path = f"{path[: _MAX_PATH // 2]}...{path[-_MAX_PATH // 2 :]}"
    return path


def _shown_key(key: Any) -> str:
    if issubclass(type(key), str):
        start = str.__getitem__(key, slice(_MAX_KEY + 1))
        return repr(start if len(start) <= _MAX_KEY else start[: _MAX_KEY - 3] + "...")
    if type(key) is int and key.bit_length() > 64:
        return "..."
    return repr(key) if type(key) in (int, float, bool) or key is None else "..."
