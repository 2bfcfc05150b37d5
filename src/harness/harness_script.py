"""The script as code and as a module: from UTF-8 bytes to what can be run.

Knows nothing of running it, of claims or of dialects but the names of their modules.
"""

import __future__

import ast
import builtins
import inspect
import sys
import time
from importlib.machinery import ModuleSpec
from opcode import opmap
from types import CodeType, ModuleType
from typing import Any

from _executor_syntax import hint_of_syntax
from _executor_report import SCRIPT_FILE, Text, encoding_report, null_byte_report, show_script, syntax_report

_script_builtins = builtins
_now, _now_ns = time.time, time.time_ns
# The second is what children of multiprocessing call it, and what they send back.
MAIN_NAMES = ("__main__", "__mp_main__")
_PREAMBLE_FILE = "<preamble>"
__builtins__ = dict(vars(builtins))

_FUTURES = 0
for _feature in __future__.all_feature_names:
    _FUTURES |= getattr(__future__, _feature).compiler_flag


def compiled(source: bytes, last_value: bool = False) -> tuple[str, CodeType | None, CodeType | None, Text, bytes]:
    """Returns the source as text, and its code, or None and the report that says why, and a hint.

    With `last_value`, the expression that is its last statement is apart, third, if there is one.
    """
    try:
        # Decoded here: an encoding cookie then means nothing, and a byte order mark is dropped.
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return "", None, None, encoding_report(error), b""
    if "\0" in text:
        return text, None, None, null_byte_report(text), b""
    show_script(text)  # the compiler's warnings show its lines
    try:
        if last_value:
            return text, *_apart(ast.parse(text, SCRIPT_FILE)), (b"", b""), b""
        return text, compile(text, SCRIPT_FILE, "exec", dont_inherit=True), None, (b"", b""), b""
    except Exception as error:
        return text, None, None, syntax_report(error, text), hint_of_syntax(error, text)


def compiled_preamble(source: bytes) -> tuple[CodeType | None, Text]:
    """The code of what runs in the script's module before the script, or None and the report that says why."""
    text = source.decode("utf-8", "replace")
    try:
        return compile(text, _PREAMBLE_FILE, "exec", dont_inherit=True), (b"", b"")
    except Exception as error:
        return None, syntax_report(error, text)


def _apart(tree: ast.Module) -> tuple[CodeType, CodeType | None]:
    last = None
    if tree.body and type(tree.body[-1]) is ast.Expr:
        last = ast.Expression(tree.body.pop().value)
    code = compile(tree, SCRIPT_FILE, "exec", dont_inherit=True)
    if last is None:
        return code, None
    # What `from __future__` has imported holds for it too.
    return code, compile(last, SCRIPT_FILE, "eval", code.co_flags & _FUTURES, dont_inherit=True)


# --- Can it bind main? ---------------------------------------------------------------------------

# A script that contains none of these can only bind a name by a statement that contains the name.
# Words that only make it likely are here too: a script that may bind main is run and judged by that.
_DYNAMIC_NAMES = frozenset(
    """
    __builtins__ __dict__ __getattribute__ __globals__ __import__ __main__ __setattr__ _convert_
    _getframe builtins code ctypes currentframe eval exec f_back f_globals f_locals gc getattr
    global_enum globals import_module importlib inspect locals marshal modules operator pickle
    runpy script setattr vars
    """.split()
)

_STORE_NAME = opmap["STORE_NAME"]
_STORE_GLOBAL = opmap["STORE_GLOBAL"]
_STORE_ATTR = opmap["STORE_ATTR"]
_EXTENDED_ARG = opmap["EXTENDED_ARG"]


def can_bind_main(code: CodeType) -> bool:
    """Whether running the module could leave something bound to `main`. Reads bytecode: the parser
    has been over every way to bind a name already, and for nearly all scripts one search is all."""
    if _stores_main(code, (_STORE_NAME, _STORE_GLOBAL)):
        return True
    pending = [code]
    for code in pending:
        if not _DYNAMIC_NAMES.isdisjoint(code.co_names):
            return True
        if _stores_main(code, (_STORE_GLOBAL, _STORE_ATTR)):
            return True
        for const in code.co_consts:
            if type(const) is CodeType:
                pending.append(const)
            elif type(const) is tuple and const == ("*",):  # from x import *
                return True
    return False


def _stores_main(code: CodeType, opcodes: tuple[int, ...]) -> bool:
    if "main" not in code.co_names:
        return False
    index = code.co_names.index("main")
    prefix = b""
    for byte in index.to_bytes(4, "big")[:3]:
        if byte or prefix:
            prefix += bytes((_EXTENDED_ARG, byte))
    return any([_has(code.co_code, prefix + bytes((op, index & 0xFF))) for op in opcodes])


def _has(instructions: bytes, wanted: bytes) -> bool:
    """Finds whole instructions: at an even offset, and not with a longer argument than wanted."""
    at = instructions.find(wanted)
    while at >= 0:
        if at % 2 == 0 and (at == 0 or instructions[at - 2] != _EXTENDED_ARG):
            return True
        at = instructions.find(wanted, at + 1)
    return False


# --- Its arguments -------------------------------------------------------------------------------

_signature, _Parameter = inspect.signature, inspect.Parameter


def fitted(main: Any, given: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
    """What main() is called with, by position and by name: of what is given, what its parameters ask for.
    A single parameter that is not named like something that is given gets all of it."""
    try:
        parameters = list(_signature(main).parameters.values())
    except Exception:
        return (), given  # it does not say
    if len(parameters) == 1 and parameters[0].kind is not _Parameter.VAR_KEYWORD:
        return _alone(parameters[0], given)
    takes_all = any([one.kind is _Parameter.VAR_KEYWORD for one in parameters])
    first = _first(parameters, given)
    names = [
        one.name for one in parameters if one.kind in (_Parameter.POSITIONAL_OR_KEYWORD, _Parameter.KEYWORD_ONLY)
    ]
    by_position = [one.name for one in parameters[: len(first)]]
    return first, {
        name: value for name, value in given.items() if name in names or takes_all and name not in by_position
    }


def _alone(parameter: Any, given: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
    value = given.get(parameter.name, given)
    return ((), {parameter.name: value}) if parameter.kind is _Parameter.KEYWORD_ONLY else ((value,), {})


def _first(parameters: list[Any], given: dict[str, Any]) -> tuple:
    """The arguments that can only be given by position."""
    values = []
    for one in parameters:
        value = given.get(one.name, one.default)
        if one.kind is not _Parameter.POSITIONAL_ONLY or value is _Parameter.empty:
            break
        values.append(value)
    return tuple(values)


# --- The module ----------------------------------------------------------------------------------


class _ScriptLoader:
    """What inspect, pkgutil and the like ask for a module's source."""

    __slots__ = ("_source",)

    def __init__(self, source: str) -> None:
        self._source = source

    def get_source(self, _name: str) -> str:
        return self._source

    def get_code(self, _name: str) -> CodeType:
        return compile(self._source, SCRIPT_FILE, "exec", dont_inherit=True)

    def get_filename(self, _name: str) -> str:
        return SCRIPT_FILE

    def is_package(self, _name: str) -> bool:
        return False


def new_module(name: str, source: str) -> ModuleType:
    """An empty module to run the script in: `__main__`, or `script` as an import would give it."""
    loader: Any = _ScriptLoader(source)
    module = ModuleType(name)
    if name == "__main__":
        # As `python script.py` has it: no __spec__.
        module.__cached__ = None
        module.__annotations__ = {}
    else:
        module.__spec__ = ModuleSpec(name, loader, origin=SCRIPT_FILE)
        module.__spec__.has_location = True
        module.__package__ = ""
    module.__file__ = SCRIPT_FILE
    module.__loader__ = loader
    # Not ours, which exec() would give it.
    module.__builtins__ = _script_builtins
    return module


def install(module: ModuleType, argv: list[str] | tuple, directory: str) -> None:
    """Makes the process look as if Python had been started for this script, in this directory."""
    sys.modules[module.__name__] = module
    for name in MAIN_NAMES:
        sys.modules[name] = module
    sys.argv = [SCRIPT_FILE, *argv]
    sys.orig_argv = [sys.executable, *sys.argv]
    sys.path[: sys.path[:1] == [""]] = [directory]
    logging = sys.modules.get("logging")
    if logging is not None:
        # What relativeCreated counts from.
        logging._startTime = _now_ns() if type(logging._startTime) is int else _now()
