"""The harness in a plain interpreter, loaded as the zygote loads it, for the programs that test it.

Python 3.11 and its standard library only; numpy and pandas where they are installed. Each run is a
fork of this process, as a worker is a clone of the zygote.
"""

import ast
import importlib.util
import os
import sys
import tempfile
import unittest
from pathlib import Path

ROOM = Path(__file__).resolve().parents[2] / "src" / "runner"
PARTS = ("result", "report", "script", "images", "random")
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
LIBRARIES = [name for name in ("numpy", "pandas") if importlib.util.find_spec(name)]
harness.preload(["random", "multiprocessing", *LIBRARIES])
harness.warm_up()
numeric = unittest.skipUnless(len(LIBRARIES) == 2, "needs numpy and pandas")


class Run:
    """One script in a forked child: its claim, and what it wrote to descriptors 1 and 2."""

    def __init__(self, source, dialect=harness.FUNCTION, limit=LIMIT):
        data = source if isinstance(source, bytes) else source.encode()
        new_file, new_home = tempfile.TemporaryFile, tempfile.TemporaryDirectory
        with new_file() as out, new_file() as err, new_home() as home:
            answer, write_end = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.chdir(home)
                self._child(data, dialect, limit, out.fileno(), err.fileno(), write_end)
            os.close(write_end)
            with open(answer, "rb") as pipe:
                claim = pipe.read()
            self.wait_status = os.waitpid(pid, 0)[1]
            out.seek(0)
            err.seek(0)
            self.out, self.err = out.read().decode(), err.read().decode()
        if not claim:
            raise AssertionError(f"no claim; wait status {self.wait_status}, stderr {self.err}")
        self.kind, self.status, text, detail, _ = ast.literal_eval(claim.decode())
        self.text, self.detail = text.decode(), detail.decode()

    @staticmethod
    def _child(data, dialect, limit, out, err, write_end):
        # Bound now: the script may delete every builtin.
        as_text, encode, write, leave = repr, str.encode, os.write, os._exit
        os.dup2(out, 1)
        os.dup2(err, 2)
        sys.stdout = harness._own_streams[0]
        harness.fresh_process()
        claim = harness.execute(dialect, data, limit)
        write(write_end, encode(as_text(claim)))
        leave(0)


def program(source, **options):
    return Run(source, harness.PROGRAM, **options)


def returning(expression, before=""):
    return Run(f"{before}\ndef main():\n    return {expression}\n")


class Case(unittest.TestCase):
    maxDiff = None

    def assert_returned(self, run, text):
        self.assertEqual((run.kind, run.text, run.detail), (harness.RETURNED, text, ""))

    def assert_refused(self, run, text):
        prefix = "main() must return JSON-serializable data: "
        self.assertEqual((run.kind, run.text), (harness.INVALID_RESULT, prefix + text))

    def assert_exception(self, run, text):
        self.assertEqual((run.kind, run.text), (harness.EXCEPTION, text))
