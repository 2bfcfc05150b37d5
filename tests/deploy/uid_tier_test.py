"""The tier uid on this machine: a service of it below the launcher, without an image. What programs expect
that start others, and share locks and memory with them where a run has no /dev/shm of its own.

The launcher kills everything of a user id, so it has a PID namespace of its own (launcher_test.py).
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

import launcher_test

PROGRAMS = launcher_test.PROGRAMS
HANG = launcher_test.HANG
setUpModule = launcher_test.setUpModule


class Tier(launcher_test.Launched):
    """One service for all tests of a class."""

    OPTIONS = ()

    def setUp(self):
        super().setUp()
        # Below directories that are root's alone, as the runner demands.
        place = tempfile.mkdtemp(prefix="uid-tier-test.", dir="/run")
        self.addCleanup(shutil.rmtree, place)
        os.chmod(place, 0o755)
        self.workers = Path(place) / "workers"
        for name in ("python-executor", "python-executor-runner", "python-executor-shm.so"):
            shutil.copy(PROGRAMS / name, self.stage)
        self.socket = self.outside / "socket"
        options = ["--ready-fd=1", "--tier=uid", "--minimum-tier=uid", "--ready=2", "--workers=4"]
        options += ["--preload-common=json", "--preload=light:", *self.OPTIONS]
        self.log = open(self.stage / "log", "w+", encoding="utf-8")
        self.addCleanup(self.log.close)
        self.process = subprocess.Popen(
            self.command(
                "python-executor-runner", [self.stage / "python-executor", "--socket", self.socket, *options]
            ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.log,
        )
        self.addCleanup(self.end)
        self.assertEqual(self.process.stdout.readline(), b"READY=1\n", self.logged())

    def end(self):
        if self.process.poll() is None:
            os.kill(launcher_test.children(self.process.pid)[0], signal.SIGTERM)
        self.process.communicate(timeout=HANG)

    def logged(self):
        self.log.seek(0)
        return self.log.read()

    def post(self, **job):
        client = ["/usr/bin/python3", Path(__file__).with_name("fastcgi_client.py"), self.socket]
        done = subprocess.run(client, input=json.dumps(job), check=True, capture_output=True, text=True, timeout=HANG)
        return json.loads(done.stdout)

    def check_both(self, definitions, expression, result):
        """What the expression is worth in a script's main() and in a program."""
        script = f"{definitions}\ndef main():\n    return {expression}\n"
        answer = self.post(script=script, timeout=25)
        self.assertEqual(answer.get("result"), result, answer)
        code = f"{definitions}\nif __name__ == '__main__':\n    import json\n    print(json.dumps({expression}))\n"
        answer = self.post(code=code, timeout=25)
        self.assertEqual((answer.get("output"), answer["error"]), (json.dumps(result) + "\n", None), answer)


# With each method that starts children afresh: what they are handed, what they make themselves, and
# what they hand to children of their own.
AFRESH = """
import concurrent.futures, multiprocessing, os, sys
from multiprocessing import shared_memory

METHODS = ("spawn", "forkserver")

def count(lock, value, queue, event):
    event.wait()
    with lock:
        value.value += 1
        queue.put(value.value)

def write(name, array):
    block = shared_memory.SharedMemory(name)
    block.buf[0] = 7
    array[1] = 5
    block.close()

def make(queue):
    array = multiprocessing.get_context("spawn").Array("i", [1, 2])
    queue.put([array[:], multiprocessing.get_start_method(), multiprocessing.Lock().acquire()])

def nested(queue):
    child = multiprocessing.get_context("spawn").Process(target=make, args=(queue,))
    child.start()
    child.join()

def double(x):
    return 2 * x

def identity(queue):
    queue.put([sys.executable, sys.flags.dont_write_bytecode, sys.flags.no_user_site, multiprocessing.parent_process().name])

def counted(context):
    lock, value, queue, event = context.Lock(), context.Value("i", 0), context.Queue(), context.Event()
    processes = [context.Process(target=count, args=(lock, value, queue, event)) for _ in range(3)]
    for process in processes:
        process.start()
    event.set()
    numbers = sorted(queue.get() for _ in processes)
    for process in processes:
        process.join()
    return numbers, [process.exitcode for process in processes]

def written(context):
    block, array = shared_memory.SharedMemory(create=True, size=8), context.Array("i", 3)
    process = context.Process(target=write, args=(block.name, array))
    process.start()
    process.join()
    found = [block.buf[0], array[:]]
    block.close()
    block.unlink()
    return found

def told(context, target):
    queue = context.SimpleQueue()
    process = context.Process(target=target, args=(queue,))
    process.start()
    process.join()
    return queue.get() if process.exitcode == 0 else process.exitcode

def executed(context):
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as executor:
        return list(executor.map(double, range(4)))

def pooled(context):
    with context.Pool(2) as pool:
        return pool.map(double, range(4))

def managed(context):
    with context.Manager() as manager:
        numbers = manager.list([1])
        numbers.append(2)
        return list(numbers)

def each(act, *arguments):
    return [act(multiprocessing.get_context(method), *arguments) for method in METHODS]

def left():
    return [name for name in os.listdir(os.environ["TMPDIR"]) if not name.startswith("pymp-")] + os.listdir(".")
"""
# Programs that a run starts by itself.
PROGRAMS_OF_A_RUN = """
import contextlib, subprocess, sys
from multiprocessing import shared_memory

SIBLING = '''
import sys
from multiprocessing import Lock, Value, Process, shared_memory
block = shared_memory.SharedMemory(sys.argv[1])
value = Value("i", 3)
child = Process(target=lambda: block.buf.__setitem__(0, value.value + 4))
with Lock():
    child.start()
    child.join()
block.close()
print(value.value)
'''

def run(*command, **options):
    block = shared_memory.SharedMemory(create=True, size=8)
    try:
        done = subprocess.run([*command, block.name], capture_output=True, text=True, **options)
        return [done.stdout, done.returncode, block.buf[0]]
    finally:
        block.close()
        with contextlib.suppress(FileNotFoundError):  # the sibling's resource tracker was first
            block.unlink()
"""


class Afresh(Tier):
    def test_children_that_are_started_afresh_have_what_they_are_handed(self):
        for expression, result in (
            ("each(counted)", [[[1, 2, 3], [0, 0, 0]]] * 2),
            ("each(written)", [[7, [0, 5, 0]]] * 2),
            ("each(told, make)", [[[1, 2], method, True] for method in ("spawn", "forkserver")]),
            ("each(told, nested)", [[[1, 2], "spawn", True]] * 2),
            ("each(executed)", [[0, 2, 4, 6]] * 2),
            ("each(pooled)", [[0, 2, 4, 6]] * 2),
            ("each(managed)", [[1, 2]] * 2),
            ("each(told, identity)", [["/usr/bin/python3", 1, 1, "MainProcess"]] * 2),
        ):
            with self.subTest(expression):
                self.check_both(AFRESH, expression, result)

    def test_programs_that_a_run_starts_share_memory_with_it(self):
        sibling = '"sibling.py", "w").write(SIBLING)'
        for command in ('sys.executable, "sibling.py"', '"/bin/sh", "-c", "python3 sibling.py $0"'):
            with self.subTest(command):
                self.check_both(PROGRAMS_OF_A_RUN, f"open({sibling} and run({command})", ["3\n", 0, 7])

    def test_nothing_is_left_of_them_and_the_next_run_has_none_of_it(self):
        self.check_both(AFRESH, "[each(counted), each(written), left()][2]", [])

    def test_without_the_library_a_program_finds_no_place_for_them(self):
        lock = "import multiprocessing; multiprocessing.Lock()"
        code = f"import subprocess, sys\nprint(subprocess.run([sys.executable, '-c', '{lock}'], env={{}}).returncode)"
        answer = self.post(code=code)
        self.assertEqual(answer["output"], "1\n")
        self.assertIn("Permission denied", str(answer))

    def test_the_run_and_its_programs_are_told_that_there_is_no_room_in_dev_shm(self):
        room = "import os; print(os.statvfs('/dev/shm').f_bavail, os.statvfs('/usr').f_bavail > 0, flush=True)"
        code = f'{room}\nimport subprocess, sys\nsubprocess.run([sys.executable, "-c", "{room}"])'
        self.assertEqual(self.post(code=code)["output"], "0 True\n" * 2)


if __name__ == "__main__":
    unittest.main()
