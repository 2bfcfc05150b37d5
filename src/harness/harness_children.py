"""The script as a file, for the processes that multiprocessing starts afresh.

A child by `spawn` or `forkserver` is a new interpreter, which imports the script to find the
functions that it is to call. There is no file of it until then: the working directory is the
script's own, and empty at the start. So the file is written when the first such child is started,
into the directory where multiprocessing keeps its temporary files, and removes them.
"""

import builtins
import sys
from importlib import import_module
from os import O_CREAT, O_EXCL, O_WRONLY, open as open_file, path
from re import compile as compile_pattern
from typing import Any

from _executor_report import SCRIPT_FILE, shown_source

__builtins__ = dict(vars(builtins))

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
        file = _written(path.join(directory, SCRIPT_FILE))
        data.pop("init_main_from_name", None)
        if main.__name__ == "__main__":
            data["init_main_from_path"] = file
        else:
            # Imported as the module `script` when the child is sent one of its functions.
            data.pop("init_main_from_path", None)
            data["sys_path"] = [*data["sys_path"], directory]
        return data

    spawn.get_preparation_data = get_preparation_data


def _written(file: str) -> str:
    lines = (shown_source() or "").split("\n")
    lines[:2] = ["#" if _COOKIE.match(line) else line for line in lines[:2]]
    try:
        with open(open_file(file, O_WRONLY | O_CREAT | O_EXCL, 0o600), "wb") as out:
            out.write("\n".join(lines).encode())
    except FileExistsError:
        pass  # for an earlier child
    return file
