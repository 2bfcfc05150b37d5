"""What is done before there is a script: in the zygote, once, and in each fresh worker."""

import builtins
import os
import sys
import threading
from importlib import import_module
from typing import Any

from _executor_children import give_children_the_script
from _executor_hooks import show_lines_of_scripts
from _executor_images import draw_without_windows
from _executor_paths import name_writable_places
from _executor_random import reseeders

__builtins__ = dict(vars(builtins))

# From Python 3.13 on subprocess has posix_spawn(3) close descriptors, which libc can do only all at
# once, over the job socket, or through /proc: in a sandbox neither is possible. Children inherit it.
if sys.version_info >= (3, 13):
    os.environ["_PYTHON_SUBPROCESS_USE_POSIX_SPAWN"] = "0"

_FAILING_SCRIPTS = [
    b"def main():\n    return 1 / 0\n",
    b"def main():\n    return {'rows': [{1, 2}]}\n",
    b"main = 1\nraise OSError(2, 'No such file')\n",
    b"def main(:\n",
    b"1\n",
]

# What fresh_process() does, in order; preload() adds to it.
_refreshers: list[Any] = [threading.main_thread()._set_native_id]


def without_shared_directories() -> None:
    """For a tier where /tmp and /dev/shm are shared by all runs, and so closed. Call in the zygote."""
    name_writable_places("the working directory and the directory that tempfile uses")


def preload(names: list[str]) -> list[bytes]:
    """Imports the modules that workers are to find ready. Call once, in the zygote. Returns scripts
    to rehearse: what failures need is then imported and specialised once; workers rehearse success
    only.

    Raises ImportError naming the module that cannot be imported, and RuntimeError when one of them
    has started a thread: a clone would not have it, and might wait for it without end.
    """
    for name in names:
        try:
            import_module(name)
        except Exception as error:
            raise ImportError(f"cannot import {name}: {type(error).__name__}: {error}") from error
    if threading.active_count() != 1:
        raise RuntimeError(f"importing {', '.join(names)} started a thread")
    give_children_the_script()
    show_lines_of_scripts()
    draw_without_windows()
    _refreshers.extend((*reseeders(), _forget_places))
    return _FAILING_SCRIPTS * 3


def fresh_process() -> None:
    """Does by hand what a clone needs of Python's after-fork hooks. Call once, first, in a worker.

    What a single-threaded zygote that took no locks does not need is left out; so is everything
    that a module does for itself by looking at its process id.
    """
    for refresh in _refreshers:
        refresh()


def move_home(home: str, temporary: str, library: str) -> None:
    """Gives this process its own home and temporary directory, and the programs that it starts the
    library with which they find named objects there (runner/preloaded.cc). Call at most once, in a
    worker, after fresh_process()."""
    os.environ["HOME"] = home
    os.environ["TMPDIR"] = os.environ["PYTHON_EXECUTOR_SHM"] = temporary
    os.environ["LD_PRELOAD"] = library


def _forget_places() -> None:
    """What modules have remembered of the zygote's directories."""
    process = sys.modules.get("multiprocessing.process")
    if process is not None:
        process.ORIGINAL_DIR = os.getcwd()
    tempfile = sys.modules.get("tempfile")
    if tempfile is not None:
        tempfile.tempdir = tempfile._name_sequence = None
    matplotlib = sys.modules.get("matplotlib")
    if matplotlib is not None:
        # It makes its directories when it is first asked for them.
        for directory in (matplotlib.get_cachedir, matplotlib.get_configdir):
            remembered = dict(zip(directory.__code__.co_freevars, directory.__closure__ or ()))
            if "called" in remembered:
                remembered["called"].cell_contents = False
