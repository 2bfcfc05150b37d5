"""Modules that came with the request in 'files', and have the name of one that is imported already.

Python finds its own modules after those in the directory in which a program starts, but for those that it imports
itself as it starts: they are built in or frozen. So a module of the request's takes the place of any other.
"""

import builtins
import os
import sys
from _imp import is_builtin, is_frozen
from collections.abc import Callable

__builtins__ = dict(vars(builtins))

_listdir, _exists, _join = os.listdir, os.path.exists, os.path.join
_modules = sys.modules
# What embeds Python asks for these by name, and Python needs the second to open a file.
_KEPT = frozenset(["threading", "encodings", "__main__"])


def forget_shadowed(directory: str) -> None:
    """Forgets the modules whose names the modules in the directory have, so that an import finds those."""
    shadowed = {name for name in map(_module_of(directory), _listdir(directory)) if name in _modules}
    shadowed = {name for name in shadowed if not (name in _KEPT or is_builtin(name) or is_frozen(name))}
    if shadowed:
        for name in list(_modules):
            if name.partition(".")[0] in shadowed:
                del _modules[name]


def _module_of(directory: str) -> Callable[[str], str]:
    """The function from an entry of the directory to the name of the module that it is, or ""."""

    def module_of(entry: str) -> str:
        if entry.endswith(".py"):
            return entry[:-3]
        return entry if _exists(_join(directory, entry, "__init__.py")) else ""

    return module_of
