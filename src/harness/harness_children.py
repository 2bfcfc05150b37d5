"""The script as a file, for the processes that multiprocessing starts afresh.

A child by `spawn` or `forkserver` is a new interpreter, which imports the script to find the
functions that it is to call. There is no file of it until then: the working directory is the
script's own, and empty at the start. So the file is written when the first such child is started,
into the directory where multiprocessing keeps its temporary files, and removes them.

What the child imports is the script compiled, because only that keeps the name script.py in tracebacks. Their lines
are found in a directory below, which is the last of the module search path; and those of a module by its loader.
"""

import ast
import builtins
import sys
from importlib import import_module
from importlib.util import MAGIC_NUMBER
from marshal import dumps
from os import O_CREAT, O_EXCL, O_WRONLY, mkdir, open as open_file, path
from re import compile as compile_pattern
from typing import Any

from _executor_report import SCRIPT_FILE, shown_source

__builtins__ = dict(vars(builtins))

_SOURCE = "source"
# A comment that names an encoding, in one of the first two lines. The script was compiled from text,
# where it means nothing; in a file it would (PEP 263).
_COOKIE = compile_pattern(r"[ \t\f]*#.*?coding[:=]")


def give_children_the_script() -> None:
    """From now on new interpreters find the script. Call once, in the zygote."""
    spawn = import_module("multiprocessing.spawn")
    get_temp_dir = import_module("multiprocessing.util").get_temp_dir
    original = spawn.get_preparation_data
    modules = sys.modules

    def get_preparation_data(name: str) -> dict[str, Any]:
        data = original(name)
        main = modules.get("__main__")
        if shown_source() is None or getattr(main, "__file__", None) != SCRIPT_FILE:
            return data
        directory = get_temp_dir()
        is_module = main.__name__ != "__main__"
        file = _written(directory, is_module)
        data.pop("init_main_from_name", None)
        places = [path.join(directory, _SOURCE)]
        if not is_module:
            data["init_main_from_path"] = file
        else:
            # Imported as the module `script` when the child is sent one of its functions.
            data.pop("init_main_from_path", None)
            places.insert(0, directory)
        data["sys_path"] = [*data["sys_path"], *places]
        return data

    spawn.get_preparation_data = get_preparation_data


def _written(directory: str, is_module: bool) -> str:
    """Writes what is not there from an earlier child. Returns the file with the compiled script."""
    source = shown_source() or ""
    compiled = path.join(directory, SCRIPT_FILE + "c")
    if path.exists(compiled):
        return compiled
    mkdir(path.join(directory, _SOURCE))
    lines = source.split("\n")
    lines[:2] = ["#" if _COOKIE.match(line) else line for line in lines[:2]]
    _write(path.join(directory, _SOURCE, SCRIPT_FILE), "\n".join(lines).encode())
    code = compile(_with_source(source) if is_module else source, SCRIPT_FILE, "exec", dont_inherit=True)
    # After the number of the version are flags, a time and a size, which are compared with those of no source.
    _write(compiled, MAGIC_NUMBER + bytes(12) + dumps(code))
    return compiled


def _with_source(source: str) -> ast.Module:
    """The script with a first statement that has the loader know its source."""
    tree = ast.parse(source, SCRIPT_FILE)
    first = 0
    for statement in tree.body:
        is_docstring = first == 0 and type(statement) is ast.Expr and type(statement.value) is ast.Constant
        if not is_docstring and not (type(statement) is ast.ImportFrom and statement.module == "__future__"):
            break
        first += 1
    tree.body[first:first] = ast.parse(f"__loader__.get_source = lambda _: {source!r}", SCRIPT_FILE).body
    return tree


def _write(file: str, data: bytes) -> None:
    with open(open_file(file, O_WRONLY | O_CREAT | O_EXCL, 0o600), "wb") as out:
        out.write(data)
