"""What a script may return in place of a value that has no JSON: one sentence.

Tells types by the names of their modules and their own, as the libraries may never have been
imported. Those that the refusal's own text has advice for (harness_result.py) are not here.
"""

import builtins
import io
from typing import Any

__builtins__ = dict(vars(builtins))

_name_of = type.__dict__["__name__"].__get__
_module_of = type.__dict__["__module__"].__get__
_mro_of = type.__dict__["__mro__"].__get__
_dict_of = type.__dict__["__dict__"].__get__

_text, _reader, _writer, _random = io.TextIOWrapper, io.BufferedReader, io.BufferedWriter, io.BufferedRandom

_LIST = "list(value)"
_IMAGES = "Leave the figure open and send 'images': true, in place of returning it"
_DEFINED = {
    # What a class defines says what makes plain data of its objects.
    "__dataclass_fields__": "dataclasses.asdict(value)",
    "__attrs_attrs__": "attrs.asdict(value)",
    "model_dump": "value.model_dump()",
    "__pydantic_model__": "value.dict()",
    "__fields_set__": "value.dict()",
    "to_dict": "value.to_dict()",
    "to_dicts": "value.to_dicts()",
    "tolist": "value.tolist()",
}
_CALLS = {
    ("builtins", "set"): "sorted(value) or list(value)",
    ("builtins", "frozenset"): "sorted(value) or list(value)",
    ("builtins", "bytes"): "value.decode() of text, else base64.b64encode(value).decode()",
    ("builtins", "bytearray"): "value.decode() of text, else base64.b64encode(value).decode()",
    ("builtins", "memoryview"): "bytes(value).decode() of text, else base64.b64encode(value).decode()",
    ("builtins", "complex"): "[value.real, value.imag]",
    ("builtins", "function"): "what the function returns: it is not called yet",
    ("builtins", "builtin_function_or_method"): "what the function returns: it is not called yet",
    ("builtins", "method"): "what the method returns: it is not called yet",
    ("builtins", "mappingproxy"): "dict(value)",
    ("collections", "ChainMap"): "dict(value)",
    ("collections", "UserDict"): "dict(value)",
    ("collections", "UserString"): "str(value)",
    ("numpy", "complexfloating"): "[value.real, value.imag]",
    ("os", "_Environ"): "dict(value)",
    ("sqlite3", "Row"): "dict(value)",
    ("builtins", "async_generator"): "[item async for item in value]",
    ("types", "SimpleNamespace"): "vars(value)",
    ("argparse", "Namespace"): "vars(value)",
    ("subprocess", "CompletedProcess"): "value.stdout, and value.returncode",
    ("_io", "StringIO"): "value.getvalue()",
    ("_io", "BytesIO"): "value.getvalue().decode() of text, else base64.b64encode(value.getvalue()).decode()",
    ("ipaddress", "_IPAddressBase"): "str(value)",
    ("sympy", "Basic"): "str(value), or float(value) of a number",
    ("builtins", "type"): "an object's data, not its class",
    ("builtins", "coroutine"): "what it gives when main() awaits it",
    ("builtins", "BaseException"): "str(value)",
    ("builtins", "str"): "value.encode('utf-8', 'replace').decode()",
    ("builtins", "int"): "hex(value), or call sys.set_int_max_str_digits(0) first",
    ("re", "Match"): "value.group() or value.groups()",
    ("PIL", "Image"): "nothing of the picture: save it and ask for the file in 'outputs'",
    ("pandas", "NaTType"): "None for what is missing",
    ("pandas", "NAType"): "None for what is missing",
}
_FIGURES = {("matplotlib", "Artist"), ("matplotlib", "FigureBase")}


def _names(kind: type) -> list[tuple[str, str]]:
    """The top-level module and the name of the type and each that it extends."""
    pairs = []
    for base in _mro_of(kind):
        module = _module_of(base)
        if type(module) is str:
            pairs.append((module.partition(".")[0], _name_of(base)))
    return pairs


def hint_of_value(value: Any) -> str:
    """ "" if there is nothing to say."""
    kind = type(value)
    if issubclass(kind, float):
        none = "JSON has no NaN and no Infinity: return None for them, of a DataFrame "
        is_nan = float.__ne__(value, value)
        return none + ("df.astype(object).where(df.notna(), None)" if is_nan else "df.replace([inf, -inf], None)")
    names = _names(kind)
    if ("_io", "_IOBase") in names and names[0][1] not in ("StringIO", "BytesIO"):
        return _hint_of_file(value, kind)
    if not _FIGURES.isdisjoint(names):
        return _IMAGES
    call = next((_CALLS[name] for name in names if name in _CALLS), None) or _defined(kind)
    if call is None and "__next__" in _members(kind):
        call = _LIST
    if call is None and "__iter__" in _members(kind) and names[0][0] in ("builtins", "collections"):
        call = _LIST
    if call is None and names[0][0] in ("script", "__main__"):
        call = "vars(value), or those of its attributes that matter"
    return "" if call is None else f"Return {call}"


_WRITTEN = "Return the name of the file and send it in 'outputs': what was written comes back with the answer"


def _hint_of_file(value: Any, kind: type) -> str:
    if kind is not _text and kind is not _reader and kind is not _random and kind is not _writer:
        return "Return value.read()"
    if kind.closed.__get__(value):  # type: ignore[attr-defined]
        return "Return what is read of the file before it is closed"
    if not kind.readable(value):  # type: ignore[attr-defined]
        return _WRITTEN
    return "Return value.read()" if kind is _text else "Return value.read().decode() of text"


def hint_of_key(key: Any) -> str:
    if issubclass(type(key), tuple):
        return (
            "Keys of JSON are strings: use str(key), of a grouped pandas object" " .reset_index().to_dict('records')"
        )
    if issubclass(type(key), str):
        return "Use key.encode('utf-8', 'replace').decode() as the key"
    return "Keys of JSON are strings: use str(key)"


def _members(kind: type) -> set[str]:
    return {name for base in _mro_of(kind) for name in _dict_of(base)}


def _defined(kind: type) -> str | None:
    members = _members(kind)
    return next((call for name, call in _DEFINED.items() if name in members), None)
