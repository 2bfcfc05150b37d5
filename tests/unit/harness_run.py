"""The harness in a plain interpreter, loaded as the zygote loads it, for the programs that test it.

Python 3.11 or newer and its standard library only; numpy and pandas where they are installed. Each run is a
fork of this process, as a worker is a clone of the zygote.
"""

import ast
import asyncio
import atexit
import builtins
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

# As in the harness: a script may delete every builtin.
__builtins__ = dict(vars(builtins))

ROOM = Path(__file__).resolve().parents[2] / "src" / "harness"
PARTS = (
    "result suggestions report calls network paths values hints syntax script evidence images children random hooks"
    " files exit fresh shadowed"
).split()
MODULES = (*(f"_executor_{part}" for part in PARTS), "_executor_harness")
FILES = (*(f"harness_{part}.py" for part in PARTS), "harness.py")
LIMIT = 1 << 20


def load():
    """As the zygote does it: each is importable for the next, and none is left in sys.modules."""
    for name, file in zip(MODULES, FILES):
        spec = importlib.util.spec_from_file_location(name, ROOM / file)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return [sys.modules.pop(name) for name in MODULES][-1]


harness = load()

# Bound now: a script may replace any name. What a test sees below the script is this file's frame.
_set_trace, _set_profile, _set_limit = sys.settrace, sys.setprofile, sys.setrecursionlimit
_mask, _BLOCK, _LATE = (
    signal.pthread_sigmask,
    signal.SIG_BLOCK,
    {getattr(signal, f"SIG{name}") for name in "ALRM CHLD HUP INT IO PROF TERM USR1 USR2 VTALRM".split()},
)
_run_code, _value_of, _repr, _is_callable, _exit = exec, eval, repr, callable, SystemExit
_join_threads, _run_exit_functions = threading._shutdown, atexit._run_exitfuncs
_traceback = BaseException.__dict__["__traceback__"].__get__
_set_traceback = BaseException.__dict__["__traceback__"].__set__
_get = dict.get


def _without_this_frame(error):
    try:
        _set_traceback(error, _traceback(error).tb_next)
    except MemoryError:
        pass  # as good as none


def execute(**job):
    """What runner/script.cc and runner/interpreter.cc do with a job, in Python."""
    runnable = harness.begin(**job)
    return finish(runnable)


def finish(runnable):
    error = value = hook_error = None
    has_main, awaited, hooked = True, False, False
    try:
        if runnable is not None:
            code, names, arguments, named, last, preamble, fitted = runnable
            if preamble is not None:
                _run_code(preamble, names)
            _run_code(code, names)
            if last is not None:
                value = _value_of(last, names)
                value = None if value is None else _repr(value)
            if arguments is not None:
                main = _get(names, "main")
                has_main = _is_callable(main)
                if has_main:
                    if fitted is not None:
                        arguments, named = fitted(main, named)
                    value = main(*arguments, **named)
                    if "__await__" in {name for kind in type.mro(type(value)) for name in vars(kind)}:
                        awaited = True
                        value = asyncio.run(harness.awaited(value))
    except BaseException as raised:
        error = raised
        _without_this_frame(error)
    hook = getattr(sys, "excepthook", _default_hook)
    if error is not None and hook is not _default_hook and type(error) is not _exit:
        hooked = True
        try:
            hook(type(error), error, _traceback(error))
        except BaseException as raised:
            hook_error = raised
            _without_this_frame(hook_error)
    for _ in range(9):
        try:
            _set_trace(None)
            _set_profile(None)
            _mask(_BLOCK, _LATE)
            _set_limit(1000)
            break
        except BaseException:
            pass
    claim, shuts_down = harness.end(error, value, has_main, awaited, hooked, hook_error)
    if shuts_down:
        for step in (_join_threads, _run_exit_functions):
            try:
                step()
            except BaseException:
                pass
    harness.leave()
    return claim


def rehearse(source=b""):
    mask = _mask(_BLOCK, ())
    finish(harness.begin_rehearsal(source))
    harness.end_rehearsal()
    _mask(signal.SIG_SETMASK, mask)


_own_stdout = sys.stdout
LIBRARIES = [name for name in ("numpy", "pandas") if importlib.util.find_spec(name)]
_to_rehearse = harness.preload(["random", "multiprocessing", *LIBRARIES])
_default_hook = sys.excepthook
for script in _to_rehearse:
    rehearse(script)
rehearse()
numeric = unittest.skipUnless(len(LIBRARIES) == 2, "needs numpy and pandas")


class Run:
    """One script in a forked child: its claim, and what it wrote to descriptors 1 and 2. `files` are its paths with
    their texts."""

    def __init__(self, source, dialect=harness.FUNCTION, limit=LIMIT, files=None, **members):
        data = source if isinstance(source, bytes) else source.encode()
        home = tempfile.mkdtemp()  # the run would remove a TemporaryDirectory at its end, and say so
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            answer, write_end = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.chdir(home)
                for name, text in (files or {}).items():
                    Path(name).parent.mkdir(exist_ok=True)
                    Path(name).write_text(text)
                members["files"] = bool(files)
                self._child(data, dialect, limit, members, out.fileno(), err.fileno(), write_end)
            os.close(write_end)
            with open(answer, "rb") as pipe:
                claim = pipe.read()
            self.wait_status = os.waitpid(pid, 0)[1]
            out.seek(0)
            err.seek(0)
            self.out, self.err = out.read().decode(), err.read().decode()
        shutil.rmtree(home)
        if not claim:
            raise AssertionError(f"no claim; wait status {self.wait_status}, stderr {self.err}")
        self.kind, self.status, text, detail, attachments = ast.literal_eval(claim.decode())
        self.hint = "".join([data.decode() for kind, _, data in attachments if kind == harness._HINT])
        self.images = [data for kind, _, data in attachments if kind == 0]
        self.text, self.detail = text.decode(), detail.decode()

    @staticmethod
    def _child(data, dialect, limit, members, out, err, write_end):
        # Bound now: the script may delete every builtin.
        as_text, encode, write, leave = repr, str.encode, os.write, os._exit
        os.dup2(out, 1)
        os.dup2(err, 2)
        sys.stdout = _own_stdout
        harness.fresh_process()
        claim = execute(dialect=dialect, source=data, max_result=limit, **members)
        write(write_end, encode(as_text(claim)))
        leave(0)


def program(source, **options):
    return Run(source, harness.PROGRAM, **options)


def returning(expression, before=""):
    return Run(f"{before}\ndef main():\n    return {expression}\n")


def printed_by_python(source):
    """What the real interpreter writes to stderr for the same script."""
    with tempfile.TemporaryDirectory() as home:
        Path(home, "script.py").write_text(source)
        command = [sys.executable, "-X", "utf8", "script.py"]
        done = subprocess.run(command, cwd=home, stderr=subprocess.PIPE, encoding="utf-8")
    return done.stderr.replace(f"{home}/script.py", "script.py")


class Case(unittest.TestCase):
    maxDiff = None

    def assert_returned(self, run, text):
        self.assertEqual((run.kind, run.text, run.detail), (harness.RETURNED, text, ""))

    def assert_refused(self, run, text):
        prefix = "main() must return JSON-serializable data: "
        self.assertEqual((run.kind, run.text), (harness.INVALID_RESULT, prefix + text))

    def assert_exception(self, run, text):
        self.assertEqual((run.kind, run.text), (harness.EXCEPTION, text))
